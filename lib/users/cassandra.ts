import type { DeviceId, UserId } from '../../schema/ids.ts';
import type { Cassandra, Row } from '../cassandra/client.ts';
import { AppError } from '../errors.ts';
import { type Device, foldName, type UserRow, type Users } from './port.ts';

const statements = {
  add: 'INSERT INTO users (user_id, name, created_at) VALUES (?, ?, ?)',
  addWithPassword: 'INSERT INTO users (user_id, name, created_at, password) VALUES (?, ?, ?, ?)',
  claimName: 'INSERT INTO users_by_name (name, user_id) VALUES (?, ?) IF NOT EXISTS',
  byName: 'SELECT user_id FROM users_by_name WHERE name = ?',
  byId: 'SELECT user_id, name, password, created_at FROM users WHERE user_id = ?',
  addDevice: 'INSERT INTO devices_by_user (user_id, device_id, created_at) VALUES (?, ?, ?)',
  device: 'SELECT created_at, revoked_at FROM devices_by_user WHERE user_id = ? AND device_id = ?',
  devices: 'SELECT device_id, created_at, revoked_at FROM devices_by_user WHERE user_id = ?',
  aDevice: 'SELECT device_id FROM devices_by_user WHERE user_id = ? LIMIT 1',
  revoke: 'UPDATE devices_by_user SET revoked_at = ? WHERE user_id = ? AND device_id = ?',
  block: 'INSERT INTO blocks_by_user (user_id, blocked_id, created_at) VALUES (?, ?, ?)',
  unblock: 'DELETE FROM blocks_by_user WHERE user_id = ? AND blocked_id = ?',
  hasBlocked: 'SELECT blocked_id FROM blocks_by_user WHERE user_id = ? AND blocked_id = ?',
  blockedBy: 'SELECT blocked_id FROM blocks_by_user WHERE user_id = ?',
};

const readDevice = (row: Row): Device => ({
  createdAt: row.created_at?.getTime() ?? 0,
  ...(row.revoked_at && { revokedAt: row.revoked_at.getTime() }),
});

const readUser = (row: Row): UserRow => ({
  id: row.user_id,
  name: row.name,
  createdAt: row.created_at.getTime(),
  ...(row.password && { password: row.password }),
});

export const cassandraUsers = (cassandra: Cassandra): Users => {
  const byId = async (id: UserId) => {
    const [row] = await cassandra.read(statements.byId, [id]);
    return row && readUser(row);
  };
  return {
    add: ({ id, name, createdAt, password }) => {
      const values = [id, name, new Date(createdAt)];
      return password === undefined
        ? cassandra.write(statements.add, values)
        : cassandra.write(statements.addWithPassword, [...values, password]);
    },

    claimName: async (name, user) => {
      const taken = await cassandra.writeIf(statements.claimName, [foldName(name), user]);
      if (taken === 'unknown') {
        throw new AppError('unavailable', 'unable to register; Cassandra did not answer in time');
      }
      const holder = taken?.user_id as UserId | undefined;
      return holder === user ? undefined : holder;
    },

    byName: async (name) => {
      const [row] = await cassandra.read(statements.byName, [foldName(name)]);
      return row && byId(row.user_id);
    },

    byIds: async (ids) => (await Promise.all(ids.map(byId))).filter((user) => user !== undefined),

    addDevice: (user, device, createdAt) =>
      cassandra.write(statements.addDevice, [user, device, new Date(createdAt)]),

    device: async (user, device) => {
      const [row] = await cassandra.read(statements.device, [user, device]);
      return row && readDevice(row);
    },

    devices: async (user) =>
      (await cassandra.readAll(statements.devices, [user])).map((row) => ({
        id: row.device_id as DeviceId,
        ...readDevice(row),
      })),

    hasDevices: async (user) => (await cassandra.read(statements.aDevice, [user])).length > 0,

    revoke: (user, device, at) => cassandra.write(statements.revoke, [new Date(at), user, device]),

    block: (user, blocked, at) => cassandra.write(statements.block, [user, blocked, new Date(at)]),

    unblock: (user, blocked) => cassandra.write(statements.unblock, [user, blocked]),

    hasBlocked: async (user, other) =>
      (await cassandra.read(statements.hasBlocked, [user, other])).length > 0,

    blockedBy: async (user) =>
      (await cassandra.readAll(statements.blockedBy, [user])).map((row) => row.blocked_id as UserId),
  };
};
