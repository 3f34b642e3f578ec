import type { Entry } from '../../../schema/entries.ts';
import type { ConnectionId, ConversationId, DeviceId, UserId } from '../../../schema/ids.ts';
import type { Presence, Watermarks } from '../../../schema/pushes.ts';

/** When the handler began, and when it did this; in virtual milliseconds. */
type When = { begun: number; at: number };

/** An entry on its way to a user: a post that was started, or what an answer holds. */
export type Shown = When & { to: UserId; via: 'post' | 'page' | 'sync' | 'preview'; entry: Entry };
/** A frame that was taken, on a connection whose newest token ends at `validUntil`. */
type Taken = When & {
  what: string;
  device: DeviceId;
  connection?: ConnectionId;
  validUntil: number;
};
type Posted = When & { type: string; connection: ConnectionId; device: DeviceId; validUntil: number };
/** Everything that a reader was told of how far others have read. */
type Told = When & { reader: UserId; conversation: ConversationId; marks: Watermarks[] };
type Seen = { connection: ConnectionId; at: number } & Pick<Presence, 'user' | 'online'>;
/** How a user was shown to another, by a push or an answer. */
type Sight = When & { to: UserId } & Pick<Presence, 'user' | 'online'>;
/** What one list says of one conversation. */
/** An attempt to watch others, until it was answered. */
type Watching = When & { user: UserId };
type Unread = When & { user: UserId; conversation: ConversationId; count: number };
type Total = When & { user: UserId; count: number };
type Typed = When & { to: UserId; by: UserId; conversation: ConversationId };
type Refused = When & { user: UserId; conversation: ConversationId; code: string };
/** Of one who blocks another: begun and answered, and so its end. */
export type Block = When & { one: UserId; other: UserId; ends: When };
type Answered = When & { conversation: ConversationId; key: string; seq: number; user: UserId };

/** What happened, for the invariants to judge once all is over. */
export type Record = {
  shown: Shown[];
  taken: Taken[];
  posted: Posted[];
  acks: (Answered & { text?: string })[];
  marks: Answered[];
  /** Attempts to mark as read, answered or not. */
  marking: Omit<Answered, 'key' | 'at'>[];
  told: Told[];
  unread: Unread[];
  totals: Total[];
  typed: Typed[];
  refused: Refused[];
  blocks: Block[];
  sights: Sight[];
  watching: Watching[];
  /** Deletions that were acknowledged. */
  deleted: { conversation: ConversationId; seq: number; at: number }[];
  /** When each message was first deleted, acknowledged or not. */
  deletedAt: Map<string, number>;
  /** Every text that a message ever had. */
  texts: Map<string, { conversation: ConversationId; seq: number }>;
  /** Connections that stood longer than a draining. */
  undrained: ConnectionId[];
  /** When a revocation was answered. */
  revoked: Map<DeviceId, number>;
  /** When Redis took a frame or a handshake of a user. */
  heard: Map<UserId, number[]>;
  presences: Seen[];
  /** When each entry was stored. */
  storedAt: Map<string, number>;
  /** Entries of which Redis, or somebody, may not have heard: the sweep tells. */
  untold: Set<string>;
  /** A client that found its own rules broken. */
  faults: string[];
};

export const placeOf = ({ conversation, seq }: { conversation: ConversationId; seq: number }) =>
  `${conversation} ${seq}`;

export const createRecord = (): Record => ({
  shown: [],
  taken: [],
  posted: [],
  acks: [],
  marks: [],
  marking: [],
  told: [],
  unread: [],
  totals: [],
  typed: [],
  refused: [],
  blocks: [],
  sights: [],
  watching: [],
  deleted: [],
  deletedAt: new Map(),
  texts: new Map(),
  undrained: [],
  revoked: new Map(),
  heard: new Map(),
  presences: [],
  storedAt: new Map(),
  untold: new Set(),
  faults: [],
});
