import type { ConversationId, UserId } from '../../../../schema/ids.ts';
import { headOf, inOrder, messagesIn, written } from '../../../support/held.ts';
import { logOf, reload } from '../../../support/reload.ts';
import { isEqual } from '../../log.ts';
import { placeOf } from '../record.ts';
import { type Device, isCalm, type Setting, type World } from '../world.ts';

/** Watermarks that were answered, by user: everybody is to know them who was there. */
const answeredBy = async ({ record, app }: World, conversation: ConversationId, reader: UserId) => {
  const answered = new Map<UserId, number>();
  const log = await logOf(app, conversation);
  const joins = log.filter((entry) => entry.type === 'member.joined' && entry.user === reader);
  const since = Math.max(0, ...joins.map((entry) => record.storedAt.get(placeOf(entry)) ?? 0));
  const marks = record.marks.filter((mark) => mark.conversation === conversation);
  for (const { user, seq, begun } of marks) {
    // A repetition tells nobody anew.
    const isRepeated = marks.some((mark) => mark.user === user && mark.seq >= seq && mark.begun <= since);
    if (begun > since && !isRepeated) answered.set(user, Math.max(seq, answered.get(user) ?? 0));
  }
  return answered;
};

/** I5, I6: what a client holds that is connected, after nothing but pushes and the syncs that it saw a need for. */
const holds = async (world: World, device: Device, setting: Setting): Promise<string[]> => {
  const who = device.id.replace(/_+$/, '');
  const truth = await reload(world.app, device.user);
  const { conversations } = device.client;
  const wrong: string[] = [];
  for (const conversation of conversations.keys())
    if (!truth.has(conversation)) wrong.push(`I6: ${who} holds ${conversation}, which is not theirs`);
  for (const [conversation, { entries, messages, read }] of truth) {
    // Its creation died, and nobody has begun it anew.
    if (entries.length === 0) continue;
    const held = conversations.get(conversation);
    if (!held || headOf(held) < entries.length) {
      wrong.push(
        `I5: ${who} holds ${held ? headOf(held) : 'nothing'} of ${entries.length} in ${conversation}`,
      );
      continue;
    }
    if (!isEqual(inOrder(held).map(sortedKeys), entries.slice(held.floor - 1).map(sorted)))
      wrong.push(`I6: the entries of ${who} in ${conversation} are not those of a reload`);
    const due = messages.filter(({ seq }) => seq >= held.floor);
    const shown = messagesIn(held);
    const differs = due.find((message, i) => !isEqual(sorted(message), sorted(shown[i] ?? {})));
    if (differs || shown.length !== due.length)
      wrong.push(
        `I6: ${who} shows ${JSON.stringify(shown.find(({ seq }) => seq === differs?.seq))} in the place of ${JSON.stringify(differs)}`,
      );
    // Told once more by who repeats it, unless Redis forgot in between that nobody was told.
    if (!isCalm(setting)) continue;
    for (const [user, seq] of await answeredBy(world, conversation, device.user)) {
      const known = held.read.get(user) ?? 0;
      const stored = read[user] ?? 0;
      if (known < seq || known > stored)
        wrong.push(`I6: ${who} has ${user} read up to ${known}, answered ${seq}, stored ${stored}`);
    }
  }
  return wrong;
};

/** The order of an object's fields says nothing. */
const sorted = (value: object): object =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
const sortedKeys = (entry: Parameters<typeof written>[0]) => sorted(written(entry));

export const caughtUp = async (world: World, setting: Setting): Promise<string[]> => {
  const wrong: string[] = [];
  for (const device of world.devices) {
    if (!device.line || device.line.deaf || !device.line.open) continue;
    wrong.push(...(await holds(world, device, setting)));
  }
  return wrong;
};
