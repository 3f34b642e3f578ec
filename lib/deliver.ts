import type { ConnectionId, UserId } from '../schema/ids.ts';
import { limits } from '../schema/limits.ts';
import type { App } from './app.ts';
import { isUnavailable } from './errors.ts';
import type { Posted } from './gateway/port.ts';
import { inLanes } from './lanes.ts';
import { count, measure } from './metrics/measure.ts';
import { promisedMs } from './metrics/metrics.ts';
import type { Origin, Publication } from './outcome.ts';
import { requestNow, tag } from './request.ts';

type Post = { user: UserId; connection: ConnectionId; expiresAt: number; frame: string };

/** The frame is serialized once; only the inbox differs from user to user. */
const postsOf = ({ frame: pushed, recipients, except }: Publication): Post[] => {
  const whole = JSON.stringify(pushed);
  const opening = whole.slice(0, -1);
  return recipients.flatMap(({ user, inbox, connections }) => {
    const frame = inbox ? `${opening},"inbox":${JSON.stringify(inbox)}}` : whole;
    return connections
      .filter(({ connection }) => connection !== except)
      .map(({ connection, expiresAt }) => ({ user, connection, expiresAt, frame }));
  });
};

type Uses = Pick<App, 'gateway' | 'connections' | 'log' | 'clock'>;
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
    // Since it was found live its token may have ended.
    if (one.expiresAt <= app.clock.now()) return;
    const begun = performance.now();
    const posted = await app.gateway.post(one.connection, one.frame);
    measure('postMs', performance.now() - begun);
    tally[posted]++;
    if (posted === 'gone') await forget(one);
  });
  return tally;
};

/** What a part takes along that another invocation posts. */
const originNow = (): { origin?: Origin } => {
  const { begunAt, fields } = requestNow() ?? {};
  if (!fields) return {};
  const { request, trace } = fields as Origin;
  return { origin: { ...(begunAt && { begunAt }), ...(request && { request }), ...(trace && { trace }) } };
};

/** In parts of at most so many connections, without the one that sent it. */
const partsOf = ({ frame, recipients, except }: Publication, size: number): Publication[] => {
  const parts: Publication[] = [];
  const origin = originNow();
  let room = 0;
  for (const { connections, ...recipient } of recipients) {
    const left = connections.filter(({ connection }) => connection !== except);
    while (left.length > 0) {
      if (room === 0) {
        parts.push({ frame, recipients: [], ...origin });
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

const sizeOf = (parts: Publication[]) =>
  parts.flatMap(({ recipients }) => recipients).reduce((sum, { connections }) => sum + connections.length, 0);

/** Puts what another invocation posts; says how many connections could not be put. */
const enqueue = async (app: Pick<App, 'queue'>, parts: Publication[]): Promise<number> => {
  let unqueued = 0;
  count('queued', sizeOf(parts));
  await inLanes(putLanes, parts, async (part) => {
    try {
      await app.queue.put(part);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      unqueued += sizeOf([part]);
    }
  });
  return unqueued;
};

/** From the gateway's receipt to now: the posts are over. */
const measureLast = (begunAt: number | undefined) => {
  if (begunAt === undefined) return;
  const ms = Math.max(0, Date.now() - begunAt);
  measure('lastPostMs', ms);
  if (ms > promisedMs) count('late');
};

/** One line for all that did not arrive. Connections that are gone miss nothing. */
const tell = (
  { log }: Uses,
  { frame, origin }: Publication,
  { sent, gone, ...unsent }: Tally & { unqueued: number },
) => {
  const { type } = frame;
  const missed = Object.values(unsent).reduce((sum, some) => sum + some, 0);
  count('deliveries', sent);
  count('gone', gone);
  count('missed', missed);
  count('slow', unsent.slow);
  if (type === 'message.new' && sent > 0) measureLast(origin?.begunAt ?? requestNow()?.begunAt);
  if (missed === 0) return;
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

/** The lines of whoever posts say whose it is. */
const noteOrigin = ({ origin, frame }: Publication) => {
  if (!origin || origin.request === requestNow()?.fields.request) return;
  const { request, trace } = origin;
  const conversation = 'conversation' in frame ? { conversation: frame.conversation } : {};
  const seq = 'seq' in frame ? { seq: frame.seq } : {};
  tag({ origin: request, ...(trace !== undefined && { trace }), ...conversation, ...seq });
};

/** Posts what came out of the queue. */
export const deliverQueued = async (app: Uses, publication: Publication): Promise<void> => {
  noteOrigin(publication);
  const tally = await post(app, publication);
  tell(app, publication, { ...tally, unqueued: 0 });
};
