import { afterAll, describe, expect, test } from '@jest/globals';
import { createKeyspace } from '../../lib/redis/keyspace.ts';
import { memoryTickets } from '../../lib/tickets/memory.ts';
import type { Tickets } from '../../lib/tickets/port.ts';
import { redisTickets } from '../../lib/tickets/redis.ts';
import { realClock } from '../support/clock.ts';
import { aDevice, aKey, aUser } from '../support/ids.ts';
import { realCluster, realRedis } from '../support/real.ts';

const single = realRedis();
const cluster = realCluster();
afterAll(() => Promise.all([single.close(), cluster.close()]));

const implementations: [string, () => Tickets][] = [
  ['memory', () => memoryTickets({ keys: createKeyspace(realClock) })],
  ['Redis', () => redisTickets(single)],
  ['a Redis cluster', () => redisTickets(cluster)],
];

describe.each(implementations)('tickets in %s', (_name, make) => {
  const claims = { user: aUser(), device: aDevice(), role: 'user', expiresAt: 1_795_000_000_000 };

  test('a ticket is redeemed once, also when many try', async () => {
    const port = make();
    const ticket = aKey();
    await port.issue(ticket, claims, 60_000);
    const redeemed = await Promise.all(Array.from({ length: 5 }, () => port.redeem(ticket)));
    expect(redeemed.filter((found) => found !== undefined)).toEqual([claims]);
    expect(await port.redeem(ticket)).toBeUndefined();
  });

  test('a ticket that nobody issued is worth nothing', async () => {
    expect(await make().redeem(aKey())).toBeUndefined();
  });
});
