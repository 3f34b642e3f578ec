import type { ConnectionId, UserId } from '../schema/ids.ts';
import { limits } from '../schema/limits.ts';
import type { App } from './app.ts';
import { isUnavailable } from './errors.ts';
import type { Posted } from './gateway/port.ts';
import { inLanes } from './lanes.ts';
import type { Publication } from './outcome.ts';

type Post = { user: UserId; connection: ConnectionId; frame: string };

/** The frame is serialized once; only the inbox differs from user to user. */
const postsOf = ({ frame: pushed, recipients, except }: Publication): Post[] => {
  const whole = JSON.stringify(pushed);
  const opening = whole.slice(0, -1);
  return recipients.flatMap(({ user, inbox, connections }) => {
    const frame = inbox ? `${opening},"inbox":${JSON.stringify(inbox)}}` : whole;
    return connections
      .filter(({ connection }) => connection !== except)
      .map(({ connection }) => ({ user, connection, frame }));
  });
};

type Uses = Pick<App, 'gateway' | 'connections' | 'log'>;
type Tally = Record<Posted, number>;

/** One try each, a bounded number at a time, so that a slow or gone connection delays no other. */
const post = async (app: Uses, publication: Publication): Promise<Tally> => {
  const tally: Tally = { sent: 0, gone: 0, slow: 0, 'too-large': 0, failed: 0 };
  const forget = async ({ user, connection }: Post) => {
    try {
      await app.connections.remove(user, connection, limits.handshakeMs);
    } catch (error) {
      // It is forgotten at the next 410, or by its time to live.
      if (!isUnavailable(error)) throw error;
    }
  };
  await inLanes(limits.inlinePosts, postsOf(publication), async (one) => {
    const posted = await app.gateway.post(one.connection, one.frame);
    tally[posted]++;
    if (posted === 'gone') await forget(one);
  });
  return tally;
};

/** In parts of at most so many connections, without the one that sent it. */
const partsOf = ({ frame, recipients, except }: Publication, size: number): Publication[] => {
  const parts: Publication[] = [];
  let room = 0;
  for (const { connections, ...recipient } of recipients) {
    const left = connections.filter(({ connection }) => connection !== except);
    while (left.length > 0) {
      if (room === 0) {
        parts.push({ frame, recipients: [] });
        room = size;
      }
      const taken = left.splice(0, room);
      parts.at(-1)?.recipients.push({ ...recipient, connections: taken });
      room -= taken.length;
    }
  }
  return parts;
};

const putLanes = 16;

/** Puts what another invocation posts; says how many connections could not be put. */
const enqueue = async (app: Pick<App, 'queue'>, parts: Publication[]): Promise<number> => {
  let unqueued = 0;
  await inLanes(putLanes, parts, async (part) => {
    try {
      await app.queue.put(part);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      unqueued += part.recipients.reduce((sum, { connections }) => sum + connections.length, 0);
    }
  });
  return unqueued;
};

/** One line for all that did not arrive. Connections that are gone miss nothing. */
const tell = (
  { log }: Uses,
  { frame }: Publication,
  { sent, gone, ...unsent }: Tally & { unqueued: number },
) => {
  if (!Object.values(unsent).some((count) => count > 0)) return;
  const { type } = frame;
  const conversation = 'conversation' in frame ? { conversation: frame.conversation } : {};
  const seq = 'seq' in frame ? { seq: frame.seq } : {};
  log.info('push.missed', { type, ...conversation, ...seq, sent, gone, ...unsent });
};

/**
 * Posts a publication: the first connections at once, the rest through the queue. Who is missed finds the gap by the
 * next version of the inbox.
 */
export const deliver = async (app: Uses & Pick<App, 'queue'>, publication: Publication): Promise<void> => {
  const [first = { ...publication, recipients: [] }, ...rest] = partsOf(publication, limits.inlinePosts);
  const [posted, queued] = await Promise.allSettled([post(app, first), enqueue(app, rest)]);
  if (posted.status === 'rejected') throw posted.reason;
  if (queued.status === 'rejected') throw queued.reason;
  tell(app, publication, { ...posted.value, unqueued: queued.value });
};

/** Posts what came out of the queue. Time has passed: tokens may have ended. */
export const deliverQueued = async (
  app: Uses & Pick<App, 'clock'>,
  publication: Publication,
): Promise<void> => {
  const now = app.clock.now();
  const recipients = publication.recipients.map(({ connections, ...recipient }) => ({
    ...recipient,
    connections: connections.filter(({ expiresAt }) => expiresAt > now),
  }));
  const tally = await post(app, { ...publication, recipients });
  tell(app, publication, { ...tally, unqueued: 0 });
};
