import type { Entry } from '../../../../schema/entries.ts';
import type { ConversationId } from '../../../../schema/ids.ts';
import { placeOf, type Shown } from '../record.ts';
import type { Setting, World } from '../world.ts';

/** What a former member was given that began after the removal was acknowledged, and came before any return. */
const readAnyway = ({ record }: World, conversation: ConversationId, log: Entry[]): Shown[] =>
  record.acks.flatMap((ack) => {
    const left = ack.conversation === conversation ? log[ack.seq - 1] : undefined;
    if (left?.type !== 'member.left') return [];
    const back = log.find(
      (entry) => entry.type === 'member.joined' && entry.user === left.user && entry.seq > left.seq,
    );
    const until = back ? (record.storedAt.get(placeOf(back)) ?? 0) : Number.POSITIVE_INFINITY;
    return record.shown.filter(
      ({ to, via, entry, begun, at }) =>
        to === left.user &&
        via !== 'post' &&
        entry.conversation === conversation &&
        begun > ack.at &&
        at < until,
    );
  });

/** I8: nothing above a removal reaches the one removed, by push, page, preview or sync, until added again. */
export const keptOut = (
  world: World,
  { loss }: Setting,
  conversation: ConversationId,
  log: Entry[],
): string[] => {
  const { record } = world;
  const changes = log.filter((entry) => entry.type === 'member.left' || entry.type === 'member.joined');
  const storedAt = (entry: Entry) => record.storedAt.get(placeOf(entry)) ?? 0;
  const isOver = ({ to, entry, at }: Shown) => {
    const own = changes.filter(({ user }) => user === to);
    const before = own.filter(({ seq }) => seq < entry.seq).at(-1);
    if (before?.type !== 'member.left') return false;
    const back = own.find(({ seq, type }) => type === 'member.joined' && seq > before.seq);
    return !back || storedAt(back) > at;
  };
  const over = record.shown.filter((shown) => shown.entry.conversation === conversation && isOver(shown));
  // A memory that went back lets him read for a while what he could read before.
  const anyway = loss === 'rollback' ? [] : readAnyway(world, conversation, log);
  return [...over, ...anyway].map(
    ({ to, via, entry }) => `I8: ${to}, who was removed, was shown ${entry.seq} by a ${via}`,
  );
};
