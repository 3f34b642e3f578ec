import type { ConversationSummary } from '@parley/client/chat';
import { type RefObject, useEffect, useState } from 'react';

/** How many users one connection watches; the open conversation needs one of them. */
const watchable = 19;
/** Who scrolls on does not want to know. */
const settledMs = 200;

/** The other ones of the conversations whose rows are in sight. */
export const useInSight = (
  list: RefObject<HTMLElement | null>,
  items: readonly ConversationSummary[],
): readonly string[] => {
  const [users, setUsers] = useState<readonly string[]>([]);
  const peers = items
    .flatMap(({ peer }) => peer ?? [])
    .sort()
    .join();

  // biome-ignore lint/correctness/useExhaustiveDependencies: when there are other rows
  useEffect(() => {
    const rowsOf = () => [...(list.current?.querySelectorAll<HTMLElement>('[data-peer]') ?? [])];
    const inSight = new Set<Element>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () =>
      setUsers(
        rowsOf()
          .filter((row) => inSight.has(row))
          .flatMap(({ dataset }) => dataset.peer ?? [])
          .slice(0, watchable),
      );
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (isIntersecting) inSight.add(target);
          else inSight.delete(target);
        }
        clearTimeout(timer);
        timer = setTimeout(show, settledMs);
      },
      { root: list.current },
    );
    for (const row of rowsOf()) observer.observe(row);
    return () => {
      observer.disconnect();
      clearTimeout(timer);
    };
  }, [list, peers]);
  return users;
};
