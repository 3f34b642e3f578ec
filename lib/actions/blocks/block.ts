import type { Done } from '../../../schema/http/conversations.ts';
import type { UserId } from '../../../schema/ids.ts';
import { limits } from '../../../schema/limits.ts';
import type { App } from '../../app.ts';
import { agreeOnBlocks, type BlocksUses } from '../../blocks.ts';
import type { Caller } from '../../caller.ts';
import { directId } from '../../entries/create.ts';
import { AppError } from '../../errors.ts';
import type { Outcome } from '../../outcome.ts';
import { admitPost } from '../admit.ts';

export type BlockUses = BlocksUses & Pick<App, 'unannounced' | 'clock' | 'rates' | 'spareRates' | 'policy'>;

/**
 * The note stays for the sweep, which looks again: it finishes what dies here, and what a Redis that fell back to an
 * older state has unlearned. Without `write` it is so already, and a repeat only looks again: if each left a note,
 * anybody could fill the sweep with them.
 */
export const changeBlock = async (
  app: BlockUses,
  user: UserId,
  other: UserId,
  write: (() => Promise<void>) | undefined,
): Promise<Outcome<Done>> => {
  const conversation = directId(user, other);
  if (write) {
    const by = { from: user, key: 'block' };
    await app.unannounced.note({ conversation, seq: 0, kind: 'block', by, of: other, at: app.clock.now() });
    await write();
  }
  await agreeOnBlocks(app, conversation, [user, other]);
  return { reply: {} };
};

/** With Redis away it answers `unavailable`: the block is written all the same, and holds in full once it is back. */
export const block = async (
  app: BlockUses & Pick<App, 'presence'>,
  caller: Caller,
  other: UserId,
): Promise<Outcome<Done>> => {
  const { user } = caller;
  await admitPost(app, caller);
  if (other === user) {
    throw new AppError('bad-request', 'unable to block; that is yourself', { pointer: '/user' });
  }
  const [[known], before] = await Promise.all([app.users.byIds([other]), app.users.blockedBy(user)]);
  if (!known) throw new AppError('not-found', 'unable to block; no such user', { pointer: '/user' });
  const isSo = before.includes(other);
  if (before.length >= limits.blockedUsers && !isSo) {
    throw new AppError('too-large', `unable to block; over ${limits.blockedUsers} users`);
  }
  const write = () => app.users.block(user, other, app.clock.now());
  const done = await changeBlock(app, user, other, isSo ? undefined : write);
  await Promise.all([app.presence.hide(user, other), app.presence.hide(other, user)]);
  return done;
};
