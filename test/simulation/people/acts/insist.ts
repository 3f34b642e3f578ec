import type { App } from '../../../../lib/app.ts';
import type { Caller, ConnectedCaller } from '../../../../lib/caller.ts';
import type { Outcome } from '../../../../lib/outcome.ts';
import type { ConversationId, Key } from '../../../../schema/ids.ts';
import type { Ack } from '../../../../schema/pushes.ts';
import { isRefusal } from '../../handler.ts';
import { type Answer, ask, request } from '../client/asking.ts';
import { heed } from '../client/catch-up.ts';
import type { Device, Line, World } from '../world.ts';

export type Stored = Pick<Ack, 'key' | 'conversation' | 'seq'>;
type Retry = { key: Key; after: number };

/** What no retry changes. */
const final = new Set([
  'not-found',
  'forbidden',
  'conflict',
  'message-deleted',
  'blocked',
  'bad-request',
  'revoked',
  'unauthorized',
]);
const attempts = 40;

/**
 * Tries until it is answered for good, over whatever line there is by then. A device that is put out for ever leaves
 * behind what it has begun.
 */
export const insist = async <Reply>(
  world: World,
  device: Device,
  conversation: ConversationId,
  attempt: () => Promise<Answer<Reply>>,
): Promise<Exclude<Reply, undefined> | undefined> => {
  const { scheduler, record } = world;
  for (let n = 0; n < attempts && !device.isOut && !world.over; n++) {
    // Some are hasty: a retry meets its first attempt.
    const hasty = scheduler.chance(0.15) ? [scheduler.pause(scheduler.between(0, 60)).then(attempt)] : [];
    const begun = scheduler.now();
    const [reply] = await Promise.all([attempt(), ...hasty]);
    if (isRefusal(reply)) {
      const { code } = reply;
      if (code === 'revoked') break;
      if (final.has(code)) {
        record.refused.push({ user: device.user, conversation, code, begun, at: scheduler.now() });
        return undefined;
      }
      await scheduler.pause(reply.retryAfterMs ?? 300);
    } else if (reply !== undefined) return reply as Exclude<Reply, undefined>;
    else await scheduler.pause(scheduler.between(0, 1_000));
  }
  device.left.add(conversation);
  return undefined;
};

/** Asks over HTTP until it is done; when that was, and whether an attempt before may still be done late. */
export const persist = async (
  world: World,
  by: Device,
  what: string,
  act: (app: App, caller: Caller) => Promise<Outcome<object>>,
): Promise<{ at: number; isSure: boolean } | undefined> => {
  const { scheduler } = world;
  for (let n = 0; n < attempts && !world.over; n++) {
    const reply = await request(world, by, what, act);
    if (reply && !isRefusal(reply)) return { at: scheduler.now(), isSure: n === 0 };
    await scheduler.pause(500);
  }
  return undefined;
};

/** An attempt on the line there is; without one it is as if it were lost. */
export const onLine =
  <Reply>(
    world: World,
    device: Device,
    what: string,
    act: (app: App, caller: ConnectedCaller) => Promise<Outcome<Reply>>,
  ) =>
  async (): Promise<{ line: Line; reply: Reply } | Exclude<Answer<Reply>, Reply>> => {
    const { line } = device;
    if (!line) return undefined as Exclude<Answer<Reply>, Reply>;
    const reply = await ask(world, line, what, act);
    if (reply === undefined || isRefusal(reply)) return reply as Exclude<Answer<Reply>, Reply>;
    return { line, reply };
  };

const topOf = ({ client }: Device, conversation: ConversationId) =>
  Math.max(0, ...(client.conversations.get(conversation)?.entries.keys() ?? []));

export const retryOf = (device: Device, conversation: ConversationId, name: string): Retry => ({
  key: `${device.id.replace(/_+$/, '')}-${name.replaceAll(' ', '-')}`.padEnd(16, '_') as Key,
  after: topOf(device, conversation),
});

export const heedAck = (world: World, line: Line, { inbox }: Ack) => {
  if (inbox) heed(world, line, line.device.client.follow(inbox), inbox.version);
  else line.unsure = true;
};

export const acked = (
  world: World,
  device: Device,
  { conversation, key, seq }: Stored,
  begun: number,
  text?: string,
) =>
  world.record.acks.push({
    conversation,
    key,
    seq,
    user: device.user,
    begun,
    at: world.scheduler.now(),
    ...(text !== undefined && { text }),
  });
