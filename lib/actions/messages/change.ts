import type { MessageNew } from '../../../schema/entries.ts';
import type { DeleteMessage, EditMessage, React } from '../../../schema/frames.ts';
import type { Ack } from '../../../schema/pushes.ts';
import type { App } from '../../app.ts';
import type { ConnectedCaller } from '../../caller.ts';
import { type Patching, patchMessage, patchReaction } from '../../changes/patch.ts';
import { type Appending, type AppendUses, append, startOf } from '../../entries/append.ts';
import { AppError } from '../../errors.ts';
import type { Outcome } from '../../outcome.ts';
import type { ChangeKind } from '../../unannounced/port.ts';
import { admitSend, type SenderUses } from '../admit.ts';
import { acked } from '../answers.ts';

type Uses = AppendUses & SenderUses & Pick<App, 'rates'>;
type Changing = EditMessage | DeleteMessage | React;
/** The older form of a frame may leave the number to be found. */
type Unplaced<Frame> = Omit<Frame, 'seq'> & { seq: number | FindSeq };
type Noted = { kind: ChangeKind; of?: string };

const takesAway = (frame: Pick<Changing, 'action'> & { remove?: boolean | undefined }) =>
  frame.action === 'deleteMessage' || (frame.action === 'react' && frame.remove === true);

/** Finds a number that the frame leaves out; asked once the sender was let in. */
export type FindSeq = () => Promise<number>;

/** Every change of a message takes the next place in the log; its own row is patched before. */
const change = async (
  app: Uses,
  caller: ConnectedCaller,
  frame: Unplaced<Changing>,
  noted: Noted,
  prepare: (patching: Patching) => Appending['prepare'],
): Promise<Outcome<Ack>> => {
  const before = await admitSend(app, caller);
  const { conversation } = frame;
  const seq = typeof frame.seq === 'number' ? frame.seq : await frame.seq();
  const by = { from: caller.user, key: frame.key ?? app.chance.id() };
  const appended = await append(app, {
    conversation,
    by,
    after: startOf(frame),
    note: { conversation, seq, by, ...noted },
    prepare: prepare({ conversation, seq, by }),
    ...(!takesAway(frame) && { addresses: true }),
    except: caller.connection,
  });
  return acked(frame, { conversation, key: by.key }, appended, before);
};

const notYours = () => new AppError('forbidden', 'unable to change it; it is not yours', { pointer: '/seq' });

export const editMessage = (
  app: Uses,
  caller: ConnectedCaller,
  frame: Unplaced<EditMessage>,
): Promise<Outcome<Ack>> =>
  change(app, caller, frame, { kind: 'message' }, (patching) => (walking, begin) => {
    const allow = ({ from }: MessageNew) => {
      if (from !== caller.user) throw notYours();
    };
    return patchMessage(app, patching, walking, begin, allow, ({ replyTo }) => ({
      text: frame.text,
      ...(replyTo !== undefined && { replyTo }),
    }));
  });

export const deleteMessage = (
  app: Uses,
  caller: ConnectedCaller,
  frame: Unplaced<DeleteMessage>,
): Promise<Outcome<Ack>> =>
  change(app, caller, frame, { kind: 'message' }, (patching) => (walking, begin) => {
    const allow = async ({ from }: MessageNew) => {
      if (from === caller.user) return;
      const member = await app.members.member(frame.conversation, caller.user);
      if (member?.role !== 'owner' && member?.role !== 'admin') throw notYours();
    };
    return patchMessage(app, patching, walking, begin, allow, () => ({ deleted: true }));
  });

export const react = (app: Uses, caller: ConnectedCaller, frame: React): Promise<Outcome<Ack>> => {
  const { emoji, remove = false } = frame;
  return change(
    app,
    caller,
    frame,
    { kind: 'reaction', of: emoji },
    (patching) => (walking, begin) =>
      patchReaction(app, patching, walking, begin, { emoji, present: !remove }),
  );
};
