import type { Join } from '../../../schema/frames.ts';
import type { Ack } from '../../../schema/pushes.ts';
import type { ConnectedCaller } from '../../caller.ts';
import type { Decision, Membership } from '../../changes/membership.ts';
import type { Outcome } from '../../outcome.ts';
import { admitSend, type SenderUses } from '../admit.ts';
import { acked } from '../answers.ts';
import { applyChange } from './apply.ts';
import { checkRoom, conflict, isInside, type MembersUses, notFound, rowOf } from './rights.ts';

/** Anyone signed in may join a room; what is none is not there for strangers. */
export const join = async (
  app: MembersUses & SenderUses,
  caller: ConnectedCaller,
  frame: Join,
): Promise<Outcome<Ack>> => {
  const before = await admitSend(app, caller);
  const { conversation } = frame;
  const { user } = caller;
  const { kind } = await rowOf(app, conversation);
  if (kind !== 'room' && !(await app.members.member(conversation, user))) throw notFound();
  const decide: Membership['decide'] = async (row, members): Promise<Decision> => {
    if (isInside(row)) throw conflict('you are a member');
    if (kind !== 'room') throw notFound();
    await checkRoom(app, user, members);
    return { made: 'member.joined', role: 'member' };
  };
  const change = { conversation, user, decide };
  const { key, appended } = await applyChange(app, caller, change, frame, caller.connection);
  return acked(frame, { conversation, key }, appended, before);
};
