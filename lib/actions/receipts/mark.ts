import type { MarkRead } from '../../../schema/frames.ts';
import type { ConversationId, UserId } from '../../../schema/ids.ts';
import { limits } from '../../../schema/limits.ts';
import type { ReceiptFrame, Watermarks } from '../../../schema/pushes.ts';
import type { App } from '../../app.ts';
import type { ConnectedCaller } from '../../caller.ts';
import { markAll } from '../../entries/announce.ts';
import { AppError } from '../../errors.ts';
import type { Outcome } from '../../outcome.ts';
import { type OpenUses, openAt } from '../../reading/open.ts';
import { type Mark, type MarkKind, raisedBy } from '../../receipts/port.ts';
import { letIn } from '../admit.ts';
import type { TellUses } from '../connections/tell-watchers.ts';

type Uses = OpenUses & TellUses & Pick<App, 'receipts'>;
type Asked = Pick<MarkRead, 'id' | 'conversation' | 'seq'>;

/** Everybody in a small conversation; in a larger one the others ask when they want to know. */
const toldOf = async (app: Uses, conversation: ConversationId, user: UserId): Promise<Iterable<UserId>> => {
  const remembered = await app.conversations.members(conversation);
  const members = remembered.length > 0 ? remembered : await app.members.of(conversation);
  const others = members.length <= limits.receiptMembers ? members.map((member) => member.user) : [];
  return new Set([...others, user]);
};

const frameOf = (conversation: ConversationId, { user, delivered, read }: Watermarks): ReceiptFrame => ({
  type: 'receipt',
  conversation,
  user,
  delivered,
  read,
});

/**
 * Stored, then marked in the inboxes, and only then raised in memory: until that is done the same mark rises again,
 * so that a repeat tells whoever was not told.
 */
const raise = async (app: Uses, mark: Mark, before: Watermarks) => {
  const { conversation, user } = mark;
  const told = await toldOf(app, conversation, user);
  await app.receipts.store(mark, before);
  const { recipients, incomplete } = await markAll(app, conversation, told);
  if (incomplete) throw new AppError('unavailable', 'unable to mark; not everybody could be told');
  const raised = (await app.receipts.raise(mark)) ?? { ...raisedBy(before, mark), rose: true };
  return { raised, recipients };
};

const mark =
  (kind: MarkKind) =>
  async (
    app: Uses,
    caller: ConnectedCaller,
    { id, conversation, seq }: Asked,
  ): Promise<Outcome<ReceiptFrame>> => {
    const { user, device, connection } = caller;
    await letIn(app, caller);
    const echoed = id !== undefined && { id };
    // First, or a stranger would fill memory with conversations that are none.
    await openAt(app, conversation, user, seq);
    const before = await app.receipts.own(conversation, user);
    const asked: Mark = { conversation, user, device, kind, seq, at: app.clock.now() };
    if (seq <= before[kind]) {
      await app.receipts.pass(asked);
      return { reply: { ...frameOf(conversation, before), ...echoed } };
    }
    const { raised, recipients } = await raise(app, asked, before);
    const frame = frameOf(conversation, raised);
    const inbox = recipients.get(user)?.inbox;
    return {
      reply: { ...frame, ...echoed, ...(inbox && { inbox }) },
      ...(raised.rose && {
        publish: [{ frame, recipients: [...recipients.values()], except: connection }],
      }),
    };
  };

/** Everything up to `seq` has arrived on this device. */
export const markDelivered = mark('delivered');

/** Everything up to `seq` was read, and so has arrived. */
export const markRead = mark('read');
