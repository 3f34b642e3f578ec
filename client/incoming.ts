import type { Frame } from './connection/link.ts';
import type { Held } from './conversation/held.ts';
import type { Syncer } from './sync/sync.ts';
import type { ParleyEvents } from './types/events.ts';
import type { Ack, ConversationId, Entry, Inbox, Pong, ReceiptFrame, TypingFrame } from './wire.gen.ts';

type Uses = {
  sync: Syncer;
  heldAs(id: ConversationId): Held;
  all: ReadonlyMap<ConversationId, Held>;
  /** Takes over what a tab left behind that is gone. */
  claim(): void;
  tell<Name extends keyof ParleyEvents>(name: Name, event: ParleyEvents[Name]): void;
};

/** What only answers a question. */
const answers = ['ok', 'sync', 'help', undefined];

/** Every frame of the server, to where it belongs. What it tells is taken before the inbox is followed past it. */
export const incoming = ({ sync, heldAs, all, claim, tell }: Uses) => {
  /** Something was stored that no inbox tells of: they are away. */
  let isUnmarked = false;

  return (frame: Frame): void => {
    const { type, inbox } = frame as Frame & { inbox?: Inbox };
    if (answers.includes(type)) return;
    if (type === 'pong') {
      const { inbox: head, presence: users } = frame as unknown as Pong;
      if (users) tell('presence', { type: 'presence', users });
      sync.inbox.stands(head);
      if (isUnmarked) sync.want('inbox');
      isUnmarked = false;
      claim();
      return;
    }
    if (type === 'ack') {
      const { conversation, seq } = frame as unknown as Ack;
      all.get(conversation)?.exists(seq, sync.tick());
      isUnmarked ||= !inbox;
    } else if (type === 'receipt') {
      const receipt = frame as unknown as ReceiptFrame;
      all.get(receipt.conversation)?.shows()?.receipts([receipt]);
      tell('receipt', receipt);
    } else if (type === 'typing') {
      const { conversation, user, active } = frame as unknown as TypingFrame;
      all.get(conversation)?.shows()?.typing(user, active);
      tell('typing', frame as unknown as TypingFrame);
    } else if (type === 'presence' || type === 'goodbye') tell(type, frame as never);
    else if (type === 'error') {
      // A compare makes the server know this connection again.
      if (frame.code === 'unknown-connection') sync.want('compare');
    } else {
      // Whatever has a place in a log fills it, also what this version does not know.
      const { inbox: _, ...entry } = frame as unknown as Entry & { inbox: Inbox };
      if (entry.seq) heldAs(entry.conversation).push(entry, sync.tick(), inbox && sync.inbox.misses(inbox));
      else tell('unknown', frame as ParleyEvents['unknown']);
    }
    if (inbox) sync.inbox.follow(inbox);
  };
};
