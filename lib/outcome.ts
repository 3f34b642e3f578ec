import type { Entry } from '../schema/entries.ts';
import type { Inbox } from '../schema/frames.ts';
import type { ConnectionId, UserId } from '../schema/ids.ts';
import type { Live } from './connections/port.ts';

/** What an action decided. The edge performs it: posts, and `meanwhile` beside them, and then the reply. */
export type Outcome<Reply> = {
  reply: Reply;
  publish?: Publication[];
  /** Must be done before the reply, whatever becomes of the posts. */
  meanwhile?: () => Promise<void>;
};

/** An entry for every connection of the recipients but the one that sent it. */
export type Publication = { entry: Entry; recipients: Recipient[]; except?: ConnectionId };

export type Recipient = { user: UserId; inbox: Inbox; connections: Live[] };
