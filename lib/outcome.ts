import type { Entry } from '../schema/entries.ts';
import type { ConnectionId, UserId } from '../schema/ids.ts';
import type { Goodbye, Inbox, PresenceFrame, ReceiptFrame, TypingFrame } from '../schema/pushes.ts';
import type { Live } from './connections/port.ts';

/** What an action decided. The edge performs it: posts, and `meanwhile` beside them, and then the reply. */
export type Outcome<Reply> = {
  reply: Reply;
  publish?: Publication[];
  /** Must be done before the reply, whatever becomes of the posts. */
  meanwhile?: () => Promise<void>;
};

/** A frame for every connection of the recipients but the one that sent it. */
export type Publication = { frame: Pushed; recipients: Recipient[]; except?: ConnectionId; origin?: Origin };

/** Whose invocation a part that went through the queue comes from, and when the gateway took that. */
export type Origin = { request?: string; trace?: string; begunAt?: number };

type Pushed = Entry | ReceiptFrame | TypingFrame | PresenceFrame | Goodbye;

/** `inbox` where the change was marked: the frame is given it. */
export type Recipient = { user: UserId; inbox?: Inbox; connections: Live[] };
