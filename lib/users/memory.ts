import type { DeviceId, UserId } from '../../schema/ids.ts';
import type { Tables } from '../cassandra/tables.ts';
import { type Device, foldName, type UserRow, type Users } from './port.ts';

export const memoryUsers = (tables: Tables): Users => {
  const users = tables.table<UserRow>('users');
  const names = tables.table<UserId>('names');
  const devicesOf = (user: UserId) => tables.table<Device>(`devices:${user}`);
  const blocksOf = (user: UserId) => tables.table<number>(`blocks:${user}`);
  return {
    add: async (user) => {
      users.set(user.id, user);
    },
    claimName: async (name, user) => {
      const holder = names.get(foldName(name));
      if (holder === undefined) names.set(foldName(name), user);
      return holder === user ? undefined : holder;
    },
    byName: async (name) => users.get(names.get(foldName(name)) ?? ''),
    byIds: async (ids) => ids.flatMap((id) => users.get(id) ?? []),
    addDevice: async (user, device, createdAt) => {
      devicesOf(user).set(device, { ...devicesOf(user).get(device), createdAt });
    },
    device: async (user, device) => devicesOf(user).get(device),
    devices: async (user) => [...devicesOf(user)].map(([id, device]) => ({ id: id as DeviceId, ...device })),
    hasDevices: async (user) => devicesOf(user).size > 0,
    revoke: async (user, device, at) => {
      devicesOf(user).set(device, { createdAt: 0, ...devicesOf(user).get(device), revokedAt: at });
    },
    block: async (user, blocked, at) => {
      blocksOf(user).set(blocked, at);
    },
    unblock: async (user, blocked) => {
      blocksOf(user).delete(blocked);
    },
    hasBlocked: async (user, other) => blocksOf(user).has(other),
    blockedBy: async (user) => [...blocksOf(user).keys()].sort() as UserId[],
  };
};
