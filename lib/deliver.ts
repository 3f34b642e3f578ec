import type { ConnectionId, UserId } from '../schema/ids.ts';
import { limits } from '../schema/limits.ts';
import type { App } from './app.ts';
import { isUnavailable } from './errors.ts';
import type { Posted } from './gateway/port.ts';
import { inLanes } from './lanes.ts';
import type { Publication } from './outcome.ts';

type Post = { user: UserId; connection: ConnectionId; frame: string };

/** The entry is serialized once; only the inbox differs from user to user. */
const postsOf = ({ entry, recipients, except }: Publication): Post[] => {
  const opening = JSON.stringify(entry).slice(0, -1);
  return recipients.flatMap(({ user, inbox, connections }) => {
    const frame = `${opening},"inbox":${JSON.stringify(inbox)}}`;
    return connections
      .filter(({ connection }) => connection !== except)
      .map(({ connection }) => ({ user, connection, frame }));
  });
};

/**
 * Posts a publication: one try each, a bounded number at a time, so that a slow or gone connection delays no other.
 * Never fails: who was missed finds the gap by the next version of the inbox.
 */
export const deliver = async (
  app: Pick<App, 'gateway' | 'connections' | 'log'>,
  publication: Publication,
): Promise<Record<Posted, number>> => {
  const tally: Record<Posted, number> = { sent: 0, gone: 0, slow: 0, 'too-large': 0, failed: 0 };
  const forget = async ({ user, connection }: Post) => {
    try {
      await app.connections.remove(user, connection, limits.handshakeMs);
    } catch (error) {
      // It is forgotten at the next 410, or by its time to live.
      if (!isUnavailable(error)) throw error;
    }
  };
  await inLanes(limits.inlinePosts, postsOf(publication), async (post) => {
    const posted = await app.gateway.post(post.connection, post.frame);
    tally[posted]++;
    if (posted === 'gone') await forget(post);
  });
  const { sent, ...unsent } = tally;
  const missed = Object.values(unsent).some((count) => count > 0);
  if (missed) app.log.info('push.missed', { seq: publication.entry.seq, sent, ...unsent });
  return tally;
};
