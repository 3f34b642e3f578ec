import type { Typing } from '../../../schema/frames.ts';
import type { Ok } from '../../../schema/pushes.ts';
import type { App } from '../../app.ts';
import type { ConnectedCaller } from '../../caller.ts';
import type { Outcome } from '../../outcome.ts';
import { letIn } from '../admit.ts';
import type { TellUses } from './tell-watchers.ts';

/**
 * Shows the other members that somebody is typing. Only what is remembered is asked: where that is not enough, or the
 * caller is no member, nobody is told, and the answer is the same.
 */
export const typing = async (
  app: TellUses & Pick<App, 'conversations' | 'policy'>,
  caller: ConnectedCaller,
  { id, conversation, active }: Typing,
): Promise<Outcome<Ok>> => {
  const { user, role } = caller;
  // As many as sends, for each may be told to as many.
  await letIn(app, caller, { typing: await app.policy.sendWindow(role) });
  const reply: Ok = { type: 'ok', ...(id !== undefined && { id }) };
  const members = await app.conversations.members(conversation);
  const isMember = members.some((member) => member.user === user);
  const isBlocked = members.some(({ blocking }) => blocking);
  if (!isMember || isBlocked || !(await app.presence.typing(user, conversation, active))) return { reply };

  const others = members.filter((member) => member.user !== user);
  const recipients = await Promise.all(
    others.map(async (member) => ({
      user: member.user,
      connections: await app.connections.live(member.user),
    })),
  );
  return { reply, publish: [{ frame: { type: 'typing', conversation, user, active }, recipients }] };
};
