import type { Inbox, InboxHead } from '../../schema/frames.ts';
import type { ConnectionId, ConversationId, DeviceId, UserId } from '../../schema/ids.ts';
import type { Window } from '../rates/port.ts';

/**
 * Who is connected, and each user's inbox: which conversations changed, and in what order.
 *
 * It is a memory: it may forget anything at any time. An adapter MUST do each call on one user in one step; MUST
 * raise the version of an inbox with every mark; MUST start a new epoch when it finds no inbox; MUST NOT return a
 * connection whose token has expired; MUST NOT let the removal of one connection touch another. Every failure is an
 * `unavailable` AppError, and the call may have been done.
 */
export type Connections = {
  register(registration: Registration): Promise<void>;
  /** The first step of every frame: is this connection known, is its token good, may it act? Renews its last frame. */
  gate(user: UserId, connection: ConnectionId, asks: GateAsks): Promise<Gate>;
  /** Notes that a conversation changed, and says where its user is connected. */
  mark(user: UserId, conversation: ConversationId): Promise<Marked>;
  /** `false` where the connection registered less than `unlessWithinMs` ago, and was left. */
  remove(user: UserId, connection: ConnectionId, unlessWithinMs: number): Promise<boolean>;
  /** The way back from a connection to its user. */
  owner(connection: ConnectionId): Promise<Owner | undefined>;
  /** Versions of the user's conversations since the epoch: when each last changed, in microseconds. */
  inbox(user: UserId): Promise<Map<ConversationId, number>>;
};

export type Owner = { user: UserId; device: DeviceId };

export type Registration = Owner & {
  connection: ConnectionId;
  /** Of the token, in milliseconds since 1970. */
  expiresAt: number;
};

type GateAsks = {
  /** Counts this frame as a send. */
  send?: Window;
  /** Announces a heartbeat, in seconds. */
  every?: number;
};

export type Gate =
  | { kind: 'open'; inbox: InboxHead }
  | { kind: 'unknown' }
  | { kind: 'expired' }
  | { kind: 'limited'; retryAfterMs: number };

export type Live = { connection: ConnectionId; expiresAt: number };
type Marked = { inbox: Inbox; connections: Live[] };
