import type { Leave } from '../../../schema/frames.ts';
import type { ConnectionId, ConversationId } from '../../../schema/ids.ts';
import type { Ack } from '../../../schema/pushes.ts';
import type { Caller, ConnectedCaller } from '../../caller.ts';
import type { Decision, Membership } from '../../changes/membership.ts';
import { handOver } from '../../changes/owners.ts';
import { startOf } from '../../entries/append.ts';
import { AppError } from '../../errors.ts';
import type { Outcome } from '../../outcome.ts';
import { admitSend, type SenderUses } from '../admit.ts';
import { acked } from '../answers.ts';
import { applyChange, together } from './apply.ts';
import { checkKind, isInside, type MembersUses, notFound, type Retry, rowOf } from './rights.ts';

/** To who has left there is no conversation, unless this is what he left by. */
const decide: Membership['decide'] = (row): Decision => {
  if (!isInside(row)) throw notFound();
  return { made: 'member.left', role: row.role };
};

const isAboutAfter = (error: unknown) =>
  error instanceof AppError && ['bad-request', 'retry-too-old'].includes(error.code);

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
  const standing = await app.members.standing(conversation, user);
  if (!standing) throw notFound();
  checkKind(row);
  const own = { key: retry.key ?? app.chance.id(), after: startOf(retry) };
  const handedOver = await handOver(app, conversation, user, own);
  const { key, appended } = await applyChange(
    app,
    caller,
    { conversation, user, decide },
    retry,
    except,
  ).catch((error) => {
    // How far a log has got is nothing to somebody who is out.
    throw !isInside(standing) && isAboutAfter(error) ? notFound() : error;
  });
  return { key, appended: together(appended, handedOver, appended) };
};

export const leave = async (
  app: MembersUses & SenderUses,
  caller: ConnectedCaller,
  frame: Leave,
): Promise<Outcome<Ack>> => {
  const before = await admitSend(app, caller);
  const { conversation } = frame;
  const { key, appended } = await leaveAs(app, caller, conversation, frame, caller.connection);
  return acked(frame, { conversation, key }, appended, before);
};
