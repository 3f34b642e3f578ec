import { directId } from '../../../../lib/entries/create.ts';
import type { UserId } from '../../../../schema/ids.ts';
import { placeOf } from '../record.ts';
import type { Setting, World } from '../world.ts';
import type { Logs } from './check.ts';

/** Whoever asked to watch before the block was answered may have read that there is none; then the sweep looks again. */
const lookedMs = 30_000;

/** A block keeps the two from writing to each other and from seeing each other; nothing of it is left when it is over. */
export const blocked = ({ record }: World, { loss }: Setting, logs: Logs): string[] => {
  // A memory that went back has unlearned it until the sweep has looked.
  if (loss === 'rollback') return [];
  const refused = record.refused.filter(({ code }) => code === 'blocked');
  const needless = refused.filter(
    (one) => !record.blocks.some((block) => block.begun <= one.at && one.begun <= block.ends.at),
  );
  const broken = record.blocks.flatMap(({ one, other, begun, at, ends }) => {
    const conversation = directId(one, other);
    const written = record.acks.filter((ack) => {
      const entry = ack.conversation === conversation ? logs.get(conversation)?.[ack.seq - 1] : undefined;
      const storedAt = entry && (record.storedAt.get(placeOf(entry)) ?? 0);
      return ack.begun > at && storedAt !== undefined && storedAt > at && storedAt < ends.begun;
    });
    const watched = (user: UserId) =>
      record.watching.some((asked) => asked.user === user && asked.begun <= at && asked.at > begun);
    const from = (user: UserId) => (watched(user) ? at + lookedMs : at);
    const seen = record.sights.filter(
      (sight) =>
        sight.online &&
        [one, other].includes(sight.to) &&
        [one, other].includes(sight.user) &&
        sight.begun > from(sight.to) &&
        sight.at < ends.begun,
    );
    return [
      ...written.map(({ key }) => `blocks: ${key} was written in spite of one`),
      ...seen.map(({ to, user }) => `blocks: ${to} saw ${user} online in spite of one`),
    ];
  });
  return [...broken, ...needless.map(({ user }) => `blocks: ${user} was refused, and there was none`)];
};
