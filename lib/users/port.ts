import type { DeviceId, UserId } from '../../schema/ids.ts';

/**
 * Users, the names they registered, the devices their tokens belong to, and whom they block. An adapter MUST give a folded name to
 * one user only; MUST show a decisive reader every write that was answered. Failures are `unavailable` AppErrors,
 * and the write may have been done: every method may be called again.
 */
export type Users = {
  /** Writes the user's own row; nobody finds it by name until `claimName`. */
  add(user: UserRow): Promise<void>;
  /** `undefined` when the name is this user's now, else whose it is. */
  claimName(name: string, user: UserId): Promise<UserId | undefined>;
  byName(name: string): Promise<UserRow | undefined>;
  /** Those that exist, in no order. */
  byIds(ids: UserId[]): Promise<UserRow[]>;
  addDevice(user: UserId, device: DeviceId, createdAt: number): Promise<void>;
  device(user: UserId, device: DeviceId): Promise<Device | undefined>;
  /** All of them, revoked ones too. */
  devices(user: UserId): Promise<(Device & { id: DeviceId })[]>;
  hasDevices(user: UserId): Promise<boolean>;
  revoke(user: UserId, device: DeviceId, at: number): Promise<void>;
  block(user: UserId, blocked: UserId, at: number): Promise<void>;
  unblock(user: UserId, blocked: UserId): Promise<void>;
  hasBlocked(user: UserId, other: UserId): Promise<boolean>;
  /** Whom a user has blocked, by id. */
  blockedBy(user: UserId): Promise<UserId[]>;
};

export type UserRow = {
  id: UserId;
  name: string;
  /** As lib/tokens/passwords.ts writes it; users of other issuers have none. */
  password?: string;
  createdAt: number;
};
export type Device = { createdAt: number; revokedAt?: number };

/** Names are compared without case and without the look-alikes that Unicode folds together. */
export const foldName = (name: string): string => name.normalize('NFKC').toLowerCase();
