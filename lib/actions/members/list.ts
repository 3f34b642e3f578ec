import type { MemberPage, PageQuery } from '../../../schema/http/conversations.ts';
import type { ConversationId, UserId } from '../../../schema/ids.ts';
import type { App } from '../../app.ts';
import type { Caller } from '../../caller.ts';
import { AppError } from '../../errors.ts';
import type { Outcome } from '../../outcome.ts';

type Place = { above: UserId };

/** The members of one of the caller's conversations, by id, with their names. */
export const listMembers = async (
  app: Pick<App, 'members' | 'users' | 'cursors'>,
  caller: Caller,
  conversation: ConversationId,
  { limit, cursor }: PageQuery,
): Promise<Outcome<MemberPage>> => {
  const scope = ['members', caller.user, conversation];
  const from = cursor === undefined ? undefined : await app.cursors.open<Place>(scope, cursor);
  const members = await app.members.of(conversation);
  if (!members.some(({ user }) => user === caller.user)) {
    throw new AppError('not-found', 'unable to read; no such conversation');
  }
  const sorted = members.sort((a, b) => (a.user < b.user ? -1 : 1));
  const rest = from ? sorted.filter(({ user }) => user > from.above) : sorted;
  const page = rest.slice(0, limit);
  const names = new Map(
    (await app.users.byIds(page.map(({ user }) => user))).map(({ id, name }) => [id, name]),
  );
  const last = page.at(-1);
  return {
    reply: {
      items: page.map(({ user, role }) => ({ user, role, name: names.get(user) ?? '' })),
      ...(last && rest.length > limit && { next: await app.cursors.seal(scope, { above: last.user }) }),
    },
  };
};
