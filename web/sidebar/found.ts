import type { ConversationSummary } from '@parley/client/chat';
import { useLive, useParley } from '@parley/client/react';

/** The conversations whose name holds what is wanted. */
export const useFound = (items: readonly ConversationSummary[], wanted: string) => {
  const parley = useParley();
  const names = useLive(parley.users);
  const needle = wanted.trim().toLocaleLowerCase();
  if (!needle) return items;
  return items.filter(({ title, peer }) => {
    const name = peer === undefined ? title : names.get(peer)?.name;
    return name?.toLocaleLowerCase().includes(needle);
  });
};
