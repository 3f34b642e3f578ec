import type { Entry } from '../../../../schema/entries.ts';
import type { ConversationId } from '../../../../schema/ids.ts';
import { placeOf, type Record, type Shown } from '../record.ts';
import type { Setting, World } from '../world.ts';

/** From when a removal was acknowledged to the return, if there was one. */
const absencesOf = (record: Record, conversation: ConversationId, log: Entry[]) =>
  record.acks.flatMap((ack) => {
    const left = ack.conversation === conversation ? log[ack.seq - 1] : undefined;
    if (left?.type !== 'member.left') return [];
    const back = log.find(
      (entry) => entry.type === 'member.joined' && entry.user === left.user && entry.seq > left.seq,
    );
    const until = back ? (record.storedAt.get(placeOf(back)) ?? 0) : Number.POSITIVE_INFINITY;
    return [{ user: left.user, from: ack.at, until }];
  });

/** What a former member was given that began after the removal was acknowledged, and came before any return. */
const readAnyway = ({ record }: World, conversation: ConversationId, log: Entry[]): Shown[] =>
  absencesOf(record, conversation, log).flatMap(({ user, from, until }) =>
    record.shown.filter(
      ({ to, via, entry, begun, at }) =>
        to === user && via !== 'post' && entry.conversation === conversation && begun > from && at < until,
    ),
  );

/** I8: nobody is shown as typing to a former member, or because of one. */
const typedOutside = ({ record }: World, conversation: ConversationId, log: Entry[]): string[] => {
  const absences = absencesOf(record, conversation, log);
  return record.typed
    .filter((one) => one.conversation === conversation)
    .filter(({ to, by, begun, at }) =>
      absences.some(({ user, from, until }) => (user === to || user === by) && begun > from && at < until),
    )
    .map(({ to, by }) => `I8: ${to} was told that ${by} is typing, and one of them was removed`);
};

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
  return [
    ...[...over, ...anyway].map(
      ({ to, via, entry }) => `I8: ${to}, who was removed, was shown ${entry.seq} by a ${via}`,
    ),
    ...(loss === 'rollback' ? [] : typedOutside(world, conversation, log)),
  ];
};
