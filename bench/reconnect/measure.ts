import { exportJWK, generateKeyPair } from 'jose';
import { connect } from '../../lib/actions/connections/connect.ts';
import { disconnect } from '../../lib/actions/connections/disconnect.ts';
import { sync } from '../../lib/actions/sync/sync.ts';
import { authorize } from '../../lib/actions/users/authorize.ts';
import { inLanes } from '../../lib/lanes.ts';
import { chance, clock } from '../../lib/platform.ts';
import { memoryRates } from '../../lib/rates/memory.ts';
import { cassandraReceipts } from '../../lib/receipts/cassandra.ts';
import { redisReceipts } from '../../lib/receipts/redis.ts';
import { createKeyspace } from '../../lib/redis/keyspace.ts';
import { redisTickets } from '../../lib/tickets/redis.ts';
import { createCursors } from '../../lib/tokens/cursors.ts';
import type { Keyring } from '../../lib/tokens/keyring.ts';
import { parseKeys } from '../../lib/tokens/keys.ts';
import { createTokens } from '../../lib/tokens/tokens.ts';
import { cassandraUsers } from '../../lib/users/cassandra.ts';
import type { ConnectionId } from '../../schema/ids.ts';
import { appOver, cassandraAt, redisAt } from '../app.ts';
import { figure } from '../figures.ts';
import { counting } from '../page/counting.ts';
import type { Part } from '../part.ts';
import { quantile } from '../quantiles.ts';
import { withStores } from '../stores.ts';
import { aTown, groupMembers, groupsEach, type Returning } from './people.ts';

const users = 1_000;
/** Handshakes and syncs under way at once. */
const lanes = 64;

/** Nothing is posted to anybody who comes back. */
const gateway = { post: async () => 'sent' as const, close: async () => 'closed' as const };
const queue = { put: async () => {} };

const keysOf = async (): Promise<Keyring> => {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const parsed = parseKeys(JSON.stringify({ keys: [await exportJWK(privateKey)] }));
  return async () => parsed;
};

export const measureReconnect: Part = (bench) =>
  withStores(bench, async ({ redisUrl, cassandraPort }) => {
    const [redis, cassandra] = [redisAt(redisUrl), cassandraAt(cassandraPort)];
    const asked = { redis: 0, cassandra: 0 };
    const keys = await keysOf();
    const tokens = createTokens({
      ...{ keys, issuer: 'parley', audience: 'parley', lifeSeconds: 86_400, issuers: [], clock },
    });
    const over = (inRedis: typeof redis, inCassandra: typeof cassandra) => ({
      ...appOver({ redis: inRedis, cassandra: inCassandra }),
      cursors: createCursors(keys, clock.now),
      receipts: redisReceipts({ redis: inRedis, stored: cassandraReceipts(inCassandra), chance }),
      spareRates: memoryRates({ keys: createKeyspace(clock), clock }),
      tickets: redisTickets(inRedis),
      users: cassandraUsers(inCassandra),
      ...{ tokens, gateway, queue },
    });
    const counted = over(
      counting(redis, () => asked.redis++),
      counting(cassandra, () => asked.cassandra++),
    );

    /** What a client does whose connection was closed: the handshake, a compare, and the end of the old one behind it. */
    const comeBack = async ({ token, heads }: Returning, old: ConnectionId) => {
      const connection = chance.id() as ConnectionId;
      const caller = { ...(await authorize(counted, { token })), connection };
      await connect(counted, caller, { origin: undefined, allowed: [] });
      const { reply } = await sync(counted, caller, { action: 'sync', since: clock.now(), heads });
      if (reply.belongsTo?.length !== Object.keys(heads).length) throw new Error('a compare is not complete');
      if (reply.conversations.length !== 1) throw new Error('a compare tells of more than changed');
      await disconnect(counted, { ...caller, connection: old });
      return connection;
    };

    const size = bench.pace.count(users);
    bench.say(`founding a town of ${size}`);
    const town = await aTown(over(redis, cassandra), size);
    let standing = new Map<Returning, ConnectionId>();
    const everybody = async () => {
      const tookMs: number[] = [];
      const now = new Map<Returning, ConnectionId>();
      Object.assign(asked, { redis: 0, cassandra: 0 });
      const from = performance.now();
      await inLanes(lanes, town, async (one) => {
        const at = performance.now();
        now.set(one, await comeBack(one, standing.get(one) ?? (chance.id() as ConnectionId)));
        tookMs.push(performance.now() - at);
      });
      standing = now;
      return { ...asked, tookMs, seconds: (performance.now() - from) / 1_000 };
    };
    try {
      // Redis has forgotten everything, and then remembers it.
      const [lost, remembered] = [await everybody(), await everybody()];
      const told = [
        { how: 'Redis remembers', ...remembered },
        { how: 'Redis is empty', ...lost },
      ];
      return [
        {
          title: `reconnect: ${figure(size, 0)} users after a deploy`,
          method: `Handshake, compare and the end of the old connection for everybody, ${lanes} at once in one process, batch commit log. Each is in ${groupsEach} groups of ${groupMembers}, one of which has a message that he lacks.`,
          columns: [
            'memory',
            'Redis commands a user',
            'in total',
            'Cassandra statements a user',
            'in total',
            'seconds',
            'p50 ms',
            'p99 ms',
          ],
          rows: told.map((one) => [
            one.how,
            figure(one.redis / size, 2),
            figure(one.redis, 0),
            figure(one.cassandra / size, 2),
            figure(one.cassandra, 0),
            figure(one.seconds, 1),
            figure(quantile(one.tookMs, 0.5), 0),
            figure(quantile(one.tookMs, 0.99), 0),
          ]),
        },
      ];
    } finally {
      await Promise.all([redis.close(), cassandra.close()]);
    }
  });
