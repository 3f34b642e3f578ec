import type { Passed, ReceiptFrame, Receipts, UserId, Watermarks } from '../../../wire.gen.ts';
import type { Mark } from '../asked.ts';
import { markAll, publish } from '../inbox.ts';
import { limits } from '../limits.ts';
import { headOf } from '../log.ts';
import { noConversation, Refusal } from '../refusal.ts';
import { type Connection, type Conversation, membersOf, ownOf, type World } from '../world.ts';

type Kind = 'delivered' | 'read';

export const marksOf = ({ receipts }: Conversation, user: UserId): Watermarks =>
  receipts.get(user) ?? { user, delivered: 0, read: 0 };

const checkSeq = (conversation: Conversation, seq: number) => {
  if (seq <= headOf(conversation)) return;
  throw new Refusal('bad-request', '`seq` lies beyond the last entry', { pointer: '/seq' });
};

type Pass = Conversation['passes'][number];

const pass = ({ clock }: World, { passes }: Conversation, by: Omit<Pass, 'at'>) => {
  passes.push({ ...by, at: clock.now() });
};

/** When and on which device a user first passed a message. */
const firsts = ({ passes }: Conversation, user: UserId, kind: Kind, seq: number): Passed[] => {
  const found = new Map<string, Passed>();
  const own = passes.filter((pass) => pass.user === user && pass.seq >= seq);
  own.sort((one, other) => one.seq - other.seq);
  for (const { kind: passed, device, at } of own) {
    const counts = passed === kind || kind === 'delivered';
    if (counts && !found.has(device)) found.set(device, { device, at });
  }
  return [...found.values()];
};

/** Everything up to `seq` has arrived, or was read. A watermark only rises. */
export const mark =
  (kind: Kind) =>
  (world: World, caller: Connection, { conversation: id, seq }: Mark): ReceiptFrame => {
    const { user, device } = caller;
    const conversation = ownOf(world, user.id, id);
    if (!conversation) throw noConversation();
    checkSeq(conversation, seq);
    const before = marksOf(conversation, user.id);
    if (seq <= before[kind]) {
      const isKnown = firsts(conversation, user.id, kind, seq).some((pass) => pass.device === device);
      if (!isKnown) pass(world, conversation, { seq, user: user.id, device, kind });
      return { type: 'receipt', conversation: id, ...before };
    }
    const raised = {
      user: user.id,
      delivered: Math.max(before.delivered, seq),
      read: kind === 'read' ? seq : before.read,
    };
    conversation.receipts.set(user.id, raised);
    pass(world, conversation, { seq, user: user.id, device, kind });
    const members = membersOf(conversation);
    const told = new Set(members.length <= limits.receiptMembers ? members : []).add(user.id);
    const marks = markAll(world, id, told);
    const frame: ReceiptFrame = { type: 'receipt', conversation: id, ...raised };
    publish(world, frame, marks, caller);
    const inbox = marks.get(user);
    return { ...frame, ...(inbox && { inbox }) };
  };

export const readReceipts = (conversation: Conversation, seq: number | undefined): Receipts => {
  if (seq !== undefined) checkSeq(conversation, seq);
  const members = new Set(membersOf(conversation));
  const marks = [...conversation.receipts.values()].filter(({ user }) => members.has(user));
  if (seq === undefined) return { items: marks };
  return {
    items: marks.map((one) => ({
      ...one,
      receivedOn: firsts(conversation, one.user, 'delivered', seq),
      readOn: firsts(conversation, one.user, 'read', seq),
    })),
  };
};
