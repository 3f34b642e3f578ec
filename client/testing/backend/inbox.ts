import type { ConversationId, Inbox, InboxHead, UserId } from '../../wire.gen.ts';
import { type Connection, liveOf, type User, type World } from './world.ts';

export const inboxOf = ({ inbox: { epoch, versions } }: User): InboxHead => ({
  epoch,
  version: Math.max(0, ...versions.values()),
});

/** Notes that a conversation changed: the version rises with every change. */
const mark = ({ clock }: World, user: User, conversation: ConversationId): Inbox => {
  const prev = inboxOf(user).version;
  const version = Math.max(prev + 1, clock.now() * 1_000);
  user.inbox.versions.set(conversation, version);
  return { prev, version };
};

/** Everything is marked before the first push leaves. */
export const markAll = (
  world: World,
  conversation: ConversationId,
  users: Iterable<UserId>,
): Map<User, Inbox> =>
  new Map(
    Array.from(users, (id) => world.users.get(id))
      .filter((user) => user !== undefined)
      .map((user) => [user, mark(world, user, conversation)]),
  );

/** Pushes what was marked to every connection of those users, but the one that has an answer of its own. */
export const publish = (
  world: World,
  frame: object,
  marks: Map<User, Inbox>,
  except: Connection | undefined,
): void => {
  for (const [user, inbox] of marks) {
    for (const connection of liveOf(world, user)) {
      if (connection !== except) connection.post({ ...frame, inbox }, 'push');
    }
  }
};
