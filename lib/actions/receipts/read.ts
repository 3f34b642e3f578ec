import type { Passed, Receipts, ReceiptsQuery } from '../../../schema/http/conversations.ts';
import type { ConversationId, DeviceId } from '../../../schema/ids.ts';
import type { Watermarks } from '../../../schema/pushes.ts';
import type { App } from '../../app.ts';
import type { Caller } from '../../caller.ts';
import type { Outcome } from '../../outcome.ts';
import { type OpenUses, open, openAt } from '../../reading/open.ts';
import type { MarkKind } from '../../receipts/port.ts';

type Uses = OpenUses & Pick<App, 'receipts'>;
/** By user and kind: when and where a message was passed first. */
type Firsts = Map<string, Map<DeviceId, Passed>>;

/** Pages of the log that are looked through; who passed later than that is shown without time and device. */
const logPages = 20;

const nameOf = ({ user }: Pick<Watermarks, 'user'>, kind: MarkKind) => `${user} ${kind}`;

const note = (firsts: Firsts, name: string, { device, at }: Passed) => {
  const devices = firsts.get(name) ?? new Map<DeviceId, Passed>();
  if (!devices.has(device)) firsts.set(name, devices.set(device, { device, at }));
};

/** Walks the log upwards from `seq`, until everybody whose watermark is above it was met. */
const firstsOf = async (app: Uses, conversation: ConversationId, seq: number, marks: Watermarks[]) => {
  const firsts: Firsts = new Map();
  const passed = marks.filter(({ delivered }) => delivered >= seq);
  const awaited = new Set([
    ...passed.map((mark) => nameOf(mark, 'delivered')),
    ...passed.filter(({ read }) => read >= seq).map((mark) => nameOf(mark, 'read')),
  ]);
  const top = Math.max(0, ...passed.map(({ delivered }) => delivered));
  if (awaited.size === 0) return firsts;
  let pages = 0;
  for await (const page of app.receipts.passes(conversation, seq, top)) {
    for (const pass of page) {
      // What was read has arrived.
      for (const kind of new Set<MarkKind>(['delivered', pass.kind])) {
        note(firsts, nameOf(pass, kind), pass);
        awaited.delete(nameOf(pass, kind));
      }
    }
    if (awaited.size === 0 || ++pages === logPages) break;
  }
  return firsts;
};

/** How far every member has got; with `seq`, when and on which device each received and read that message. */
export const readReceipts = async (
  app: Uses,
  { user }: Caller,
  conversation: ConversationId,
  { seq }: ReceiptsQuery,
): Promise<Outcome<Receipts>> => {
  await (seq === undefined ? open(app, conversation, user, 0) : openAt(app, conversation, user, seq));
  const [all, members] = await Promise.all([app.receipts.of(conversation), app.members.of(conversation)]);
  const inside = new Set(members.map((member) => member.user));
  const marks = all.filter((mark) => inside.has(mark.user));
  if (seq === undefined) return { reply: { items: marks } };

  const firsts = await firstsOf(app, conversation, seq, marks);
  const passedBy = (mark: Watermarks, kind: MarkKind) => [
    ...(firsts.get(nameOf(mark, kind))?.values() ?? []),
  ];
  return {
    reply: {
      items: marks.map((mark) => ({
        ...mark,
        receivedOn: passedBy(mark, 'delivered'),
        readOn: passedBy(mark, 'read'),
      })),
    },
  };
};
