import type { ConversationId, UserId } from '../schema/ids.ts';
import type { App } from './app.ts';
import { AppError } from './errors.ts';

/**
 * Who blocks whom is kept in `blocks_by_user`. Whether the two of a direct conversation may write is asked with every
 * message, so the row of a member who blocks says so too, and comes along wherever members are read or remembered.
 */
export const blockedBetween = async (
  { users }: Pick<App, 'users'>,
  one: UserId,
  other: UserId,
): Promise<boolean> => {
  const blocked = await Promise.all([users.hasBlocked(one, other), users.hasBlocked(other, one)]);
  return blocked.includes(true);
};

/** Those of `users` between whom and the one stands a block, whoever made it. */
export const apartFrom = async (
  { users: port }: Pick<App, 'users'>,
  one: UserId,
  users: UserId[],
): Promise<Set<UserId>> => {
  if (users.length === 0) return new Set();
  const own = new Set(await port.blockedBy(one));
  const apart = await Promise.all(users.map(async (user) => own.has(user) || port.hasBlocked(user, one)));
  return new Set(users.filter((_, i) => apart[i]));
};

export const blocked = (act: string, pointer?: string): AppError =>
  new AppError(
    'blocked',
    `unable to ${act}; one of the two has blocked the other`,
    pointer ? { pointer } : {},
  );

export type BlocksUses = Pick<App, 'users' | 'members' | 'conversations' | 'presence'>;

/** Others that may come between a look at a member's row and its change. */
const tries = 20;

/** Makes a member's row say what is so. Looks again after each change: the block may have been changed meanwhile. */
const agree = async (
  app: BlocksUses,
  conversation: ConversationId,
  user: UserId,
  other: UserId,
): Promise<void> => {
  for (let left = tries; left > 0; left--) {
    const row = await app.members.standing(conversation, user);
    // Whoever creates the conversation looks for blocks after writing this row.
    if (!row) return;
    const { blocking: was, ...rest } = row;
    const blocking = await app.users.hasBlocked(user, other);
    if (blocking === (was ?? false)) return;
    const changed = { ...rest, version: row.version + 1, ...(blocking && { blocking }) };
    await app.members.change(conversation, changed);
  }
  throw new AppError('unavailable', 'unable to change the block; no certain answer in time');
};

/**
 * Brings everything in accord with the blocks between two users: the rows of their direct conversation, what is
 * remembered of it, and who watches whom.
 */
export const agreeOnBlocks = async (
  app: BlocksUses,
  conversation: ConversationId,
  [one, other]: readonly [UserId, UserId],
): Promise<void> => {
  await agree(app, conversation, one, other);
  await agree(app, conversation, other, one);
  await app.conversations.drop(conversation);
  if (!(await blockedBetween(app, one, other))) return;
  await Promise.all([app.presence.hide(one, other), app.presence.hide(other, one)]);
};
