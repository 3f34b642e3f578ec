import type { ConnectionId, ConversationId, DeviceId, UserId } from '../../schema/ids.ts';
import type { Inbox, InboxHead } from '../../schema/pushes.ts';
import type { Window } from '../rates/port.ts';

/**
 * Who is connected, and each user's inbox: which conversations changed, and in what order.
 *
 * It is a memory: it may forget anything at any time. An adapter MUST do each call on one user in one step; MUST
 * raise the version of an inbox with every mark; MUST start a new epoch when it finds no inbox; MUST NOT return a
 * connection whose token has expired; MUST NOT let the removal of one connection touch another; MUST refuse what is
 * registered or refreshed for a device that was revoked within `refusedMs`, and a connection that ended within it,
 * while it keeps its state; MUST refuse what is registered by another epoch; MUST answer a call that it does twice as
 * it did the first time, as to which connections are to be closed. Every failure is an `unavailable` AppError, and the
 * call may have been done.
 */
export type Connections = {
  /**
   * Of the user's inbox, before the device's row is read: who registers by it was looked at within this memory, which
   * has every revocation since.
   */
  epoch(user: UserId): Promise<string>;
  /** With a window, counts a handshake of the user. Over `connectionsPerUser` the oldest others are dropped. */
  register(registration: Registration, epoch: string, handshakes?: Window): Promise<Registered>;
  /**
   * The first step of every frame: is this connection known, is its token good, may it act? Renews its last frame, and
   * counts the frames of the connection.
   */
  gate(user: UserId, connection: ConnectionId, asks: GateAsks): Promise<Gate>;
  /** Notes that a conversation changed, and says where its user is connected. */
  mark(user: UserId, conversation: ConversationId): Promise<Marked>;
  /** Where a user is connected. */
  live(user: UserId): Promise<Live[]>;
  /**
   * `false` where the connection registered less than `unlessWithinMs` ago, and was left. Its user counts as online for
   * a while yet.
   */
  remove(user: UserId, connection: ConnectionId, unlessWithinMs: number): Promise<boolean>;
  /** A newer token of the connection: its end counts where it is later. `unknown` where it is not registered. */
  refresh(registration: Registration): Promise<Refreshed>;
  /** Forgets those of a user's connections that fit, in one step, and says which: they are to be closed. */
  drop(user: UserId, which: Which): Promise<ConnectionId[]>;
  /**
   * Drops those of a device, and leaves a mark: nothing is registered or refreshed for it. Says again, for `refusedMs`,
   * which it dropped.
   */
  revoke(user: UserId, device: DeviceId): Promise<ConnectionId[]>;
  /** All that are registered, those with an expired token too. */
  of(user: UserId): Promise<Standing[]>;
  /** The user's conversations that changed above a version (0 for all), and where the inbox stands, in one step. */
  changes(user: UserId, above: number): Promise<Changes>;
};

export type Registration = {
  user: UserId;
  device: DeviceId;
  connection: ConnectionId;
  /** Of the token, in milliseconds since 1970. */
  expiresAt: number;
  /** Where it is older than this moment: a connection that was forgotten is registered again late in its life. */
  connectedAt?: number;
};

export type Registered =
  /** `dropped` were too many, and are to be closed; `appeared`: watchers believe that the user is offline. */
  | { kind: 'registered'; dropped: ConnectionId[]; appeared: boolean }
  | { kind: 'revoked' }
  /** It was closed, or is about to be: it does not come back. */
  | { kind: 'ended' }
  /** Another epoch has begun: the device is to be looked at again. */
  | { kind: 'forgotten' }
  | { kind: 'limited'; retryAfterMs: number };

export type Refreshed = { kind: 'refreshed'; expiresAt: number } | { kind: 'unknown' } | { kind: 'revoked' };

/** Everything that is given must fit. */
type Which = {
  connection?: ConnectionId;
  device?: DeviceId;
  /** Registered before this, in milliseconds since 1970. */
  before?: number;
};

type Standing = { connection: ConnectionId; device: DeviceId; since: number };

/** How long a revoked device is refused here, or a connection that ended. By then all that was under way is over. */
export const refusedMs = 300_000;

export type GateAsks = {
  /** Counts this frame as a send. */
  send?: Window;
  /** Counts this frame by itself: each may be told to many. */
  typing?: Window;
  /** Announces a heartbeat, in seconds. */
  every?: number;
};

export type Gate =
  /** `appeared`: watchers believe that the user is offline. `watching`: whom the connection watches. */
  | { kind: 'open'; inbox: InboxHead; appeared: boolean; watching: UserId[] }
  | { kind: 'unknown'; epoch: string }
  | { kind: 'expired' }
  | { kind: 'limited'; retryAfterMs: number };

export type Live = { connection: ConnectionId; expiresAt: number };
/** Versions are when each last changed, in microseconds; oldest first. */
export type Changes = { inbox: InboxHead; changed: Map<ConversationId, number> };
type Marked = { inbox: Inbox; connections: Live[] };
