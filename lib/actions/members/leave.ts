import type { Leave } from '../../../schema/frames.ts';
import type { ConnectionId, ConversationId } from '../../../schema/ids.ts';
import type { Ack } from '../../../schema/pushes.ts';
import type { Caller, ConnectedCaller } from '../../caller.ts';
import type { Decision, Membership } from '../../changes/membership.ts';
import type { Outcome } from '../../outcome.ts';
import { admitSend } from '../admit.ts';
import { acked } from '../answers.ts';
import { applyChange } from './apply.ts';
import { handOver } from './hand-over.ts';
import { checkKind, isInside, type MembersUses, notFound, type Retry, rowOf } from './rights.ts';

/** To who has left there is no conversation, unless this is what he left by. */
const decide: Membership['decide'] = (row): Decision => {
  if (!isInside(row)) throw notFound();
  return { made: 'member.left', role: row.role };
};

/** Takes the caller out. The last owner hands over before. */
export const leaveAs = async (
  app: MembersUses,
  caller: Caller,
  conversation: ConversationId,
  retry: Retry,
  except?: ConnectionId,
): ReturnType<typeof applyChange> => {
  const { user } = caller;
  const row = await rowOf(app, conversation);
  if (!(await app.members.standing(conversation, user))) throw notFound();
  checkKind(row);
  const handedOver = await handOver(app, conversation, user, retry);
  const { key, appended } = await applyChange(app, caller, { conversation, user, decide }, retry, except);
  const both = {
    ...appended,
    publish: [...(handedOver?.publish ?? []), ...(appended.publish ?? [])],
    meanwhile: async () => {
      await handedOver?.meanwhile?.();
      await appended.meanwhile?.();
    },
  };
  return { key, appended: both };
};

export const leave = async (
  app: MembersUses,
  caller: ConnectedCaller,
  frame: Leave,
): Promise<Outcome<Ack>> => {
  const before = await admitSend(app, caller);
  const { conversation } = frame;
  const { key, appended } = await leaveAs(app, caller, conversation, frame, caller.connection);
  return acked(frame, { conversation, key }, appended, before);
};
