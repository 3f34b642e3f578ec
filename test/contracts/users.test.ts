import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTables } from '../../lib/cassandra/tables.ts';
import { cassandraUsers } from '../../lib/users/cassandra.ts';
import { memoryUsers } from '../../lib/users/memory.ts';
import type { UserRow, Users } from '../../lib/users/port.ts';
import { aDevice, aKey, aUser } from '../support/ids.ts';
import { realCassandra } from '../support/real.ts';

const cassandra = realCassandra();
afterAll(() => cassandra.close());

const implementations: [string, () => Users][] = [
  ['memory', () => memoryUsers(createTables())],
  ['Cassandra', () => cassandraUsers(cassandra)],
];

describe.each(implementations)('users in %s', (_name, make) => {
  let port: Users;
  const aRow = (name = `Ann ${aKey()}`): UserRow => ({
    id: aUser(),
    name,
    password: 'scrypt$…',
    createdAt: 1_795_000_000_000,
  });
  beforeEach(() => {
    port = make();
  });

  test('a user is found by name once the name is claimed', async () => {
    const ann = aRow();
    await port.add(ann);
    expect(await port.byIds([ann.id])).toEqual([ann]);
    expect(await port.byName(ann.name)).toBeUndefined();
    expect(await port.claimName(ann.name, ann.id)).toBeUndefined();
    expect(await port.byName(ann.name)).toEqual(ann);
  });

  test('a name belongs to whoever claimed it first, whatever its case', async () => {
    const [ann, other] = [aRow(), aRow()];
    await port.add(ann);
    await port.claimName(ann.name, ann.id);
    expect(await port.claimName(ann.name.toUpperCase(), other.id)).toBe(ann.id);
    expect(await port.claimName(ann.name, ann.id)).toBeUndefined();
    expect(await port.byName(ann.name.toLowerCase())).toEqual(ann);
  });

  test('of many who claim a name at once, one gets it', async () => {
    const name = `Ann ${aKey()}`;
    const holders = await Promise.all(Array.from({ length: 6 }, () => port.claimName(name, aUser())));
    expect(holders.filter((holder) => holder === undefined)).toHaveLength(1);
  });

  test('users of other issuers have no password', async () => {
    const { password: _, ...ann } = aRow();
    await port.add(ann);
    expect(await port.byIds([ann.id])).toEqual([ann]);
  });

  test('those who do not exist are left out', async () => {
    const ann = aRow();
    await port.add(ann);
    expect(await port.byIds([aUser(), ann.id, aUser()])).toEqual([ann]);
  });

  test('a device is known once it is added, and revoked for ever', async () => {
    const [ann, device] = [aUser(), aDevice()];
    expect(await port.device(ann, device)).toBeUndefined();
    expect(await port.hasDevices(ann)).toBe(false);
    await port.addDevice(ann, device, 1_795_000_000_000);
    expect(await port.hasDevices(ann)).toBe(true);
    expect(await port.device(ann, device)).toEqual({ createdAt: 1_795_000_000_000 });
    await port.revoke(ann, device, 1_795_000_000_999);
    expect(await port.device(ann, device)).toMatchObject({ revokedAt: 1_795_000_000_999 });
    await port.addDevice(ann, device, 1_795_000_001_000);
    expect(await port.device(ann, device)).toMatchObject({ revokedAt: 1_795_000_000_999 });
    expect(await port.device(ann, aDevice())).toBeUndefined();
  });

  test('all devices of a user are told, revoked ones too', async () => {
    const [ann, one, two] = [aUser(), aDevice(), aDevice()];
    expect(await port.devices(ann)).toEqual([]);
    await port.addDevice(ann, one, 1_795_000_000_000);
    await port.addDevice(ann, two, 1_795_000_000_001);
    await port.revoke(ann, two, 1_795_000_000_999);
    await port.addDevice(aUser(), aDevice(), 1_795_000_000_000);
    const told = await port.devices(ann);
    expect(told).toHaveLength(2);
    expect(told).toContainEqual({ id: one, createdAt: 1_795_000_000_000 });
    expect(told).toContainEqual({
      id: two,
      createdAt: 1_795_000_000_001,
      revokedAt: 1_795_000_000_999,
    });
  });

  test('a block is there until it is taken away, and goes one way', async () => {
    const [ann, bob, cid] = [aUser(), aUser(), aUser()];
    expect(await port.blockedBy(ann)).toEqual([]);
    await port.block(ann, bob, 1_795_000_000_000);
    await port.block(ann, bob, 1_795_000_000_001);
    await port.block(ann, cid, 1_795_000_000_000);
    expect(await port.blockedBy(ann)).toEqual([bob, cid].sort());
    expect(await port.hasBlocked(ann, bob)).toBe(true);
    expect(await port.hasBlocked(bob, ann)).toBe(false);
    await port.unblock(ann, bob);
    await port.unblock(ann, aUser());
    expect(await port.hasBlocked(ann, bob)).toBe(false);
    expect(await port.blockedBy(ann)).toEqual([cid]);
  });
});
