import type { Entry } from '../../../../schema/entries.ts';
import { placeOf } from '../record.ts';
import type { World } from '../world.ts';
import type { Logs } from './check.ts';

/** Everything that a store holds, as one text. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, part) => (part instanceof Map || part instanceof Set ? [...part] : part));

const shownText = (entry: Entry) =>
  entry.type === 'message.new'
    ? { seq: entry.seq, text: entry.text }
    : entry.type === 'message.edited'
      ? { seq: entry.target, text: entry.text ?? '' }
      : undefined;

/** A reader believes a head that was looked at this recently. */
const believedMs = 61_000;

/** I10: the text of a deleted message is in no store, and nothing that begins after the ack shows it. */
export const deletedIsGone = ({ keys, rows, record, losses }: World, logs: Logs): string[] => {
  const deleted = new Set(
    [...logs.values()]
      .flat()
      .flatMap((entry) => (entry.type === 'message.new' && entry.deleted ? [placeOf(entry)] : [])),
  );
  const texts = [...record.texts].filter(([, place]) => deleted.has(placeOf(place))).map(([text]) => text);
  const stores = texts.length > 0 ? textOf([keys.copy(), rows]) : '';
  const kept = texts.filter((text) => stores.includes(JSON.stringify(text)));
  // Memory that went back, or could not be told, is believed for a while.
  const isAstray = (at: number) => losses.some((time) => at >= time && at < time + believedMs);
  const deletedAt = new Map(record.deleted.map(({ at, ...place }) => [placeOf(place), at]));
  const late = record.shown.filter(({ begun, entry }) => {
    const shown = shownText(entry);
    const at = shown && deletedAt.get(placeOf({ conversation: entry.conversation, seq: shown.seq }));
    return at !== undefined && begun > at && !isAstray(begun) && shown?.text !== '';
  });
  return [
    ...kept.map((text) => `I10: a store still has the deleted "${text}"`),
    ...late.map(({ to, via, entry }) => `I10: ${to} was shown the deleted text of ${entry.seq} by a ${via}`),
  ];
};
