import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { types } from 'cassandra-driver';
import type { Credentials } from '../../lib/aws/sigv4.ts';
import type { Access } from '../../lib/cassandra/access.ts';
import { type Cassandra, createCassandra } from '../../lib/cassandra/client.ts';
import { passwordLogin } from '../../lib/cassandra/password-login.ts';
import { answerTo } from '../../lib/cassandra/role-login.ts';
import { migrate } from '../../scripts/migrate.ts';
import { refusal } from '../support/app.ts';
import { realClock } from '../support/clock.ts';
import { certificateFor } from '../support/keyspaces/certificates.ts';
import { type Options, startKeyspaces } from '../support/keyspaces/server.ts';

describe('the signature', () => {
  /** From the tests of AWS's own plugins. */
  const vector = {
    nonce: '91703fdc2ef562e19fbdab0f58e42fe5',
    now: 1_591_742_511_000,
    region: 'us-west-2',
    credentials: { accessKeyId: 'UserID-1', secretAccessKey: 'UserSecretKey-1' },
    answer:
      'signature=7f3691c18a81b8ce7457699effbfae5b09b4e0714ab38c1292dbdf082c9ddd87,access_key=UserID-1,amzdate=2020-06-09T22:41:51.000Z',
  };

  test('is the published one', () => {
    const { nonce, credentials, region, now } = vector;
    expect(answerTo(nonce, credentials, region, now)).toBe(vector.answer);
  });

  test('goes with the session token of a role', () => {
    const { nonce, credentials, region, now } = vector;
    const role = { ...credentials, sessionToken: 'sess-token-1' };
    expect(answerTo(nonce, role, region, now)).toBe(`${vector.answer},session_token=sess-token-1`);
  });
});

test('the roots that sign for Keyspaces are among those that Node trusts', () => {
  const trusted = tls.rootCertificates.map((pem) => new X509Certificate(pem).subject.match(/CN=(.*)/)?.[1]);
  const roots = [
    'Starfield Services Root Certificate Authority - G2',
    ...[1, 2, 3, 4].map((n) => `Amazon Root CA ${n}`),
  ];
  expect(trusted).toEqual(expect.arrayContaining(roots));
});

const host = 'cassandra.eu-west-1.amazonaws.com';
const region = 'eu-west-1';
const certificate = certificateFor(host);
const before = tls.getCACertificates('default');
beforeAll(() => tls.setDefaultCACertificates([...before, certificate.cert]));
afterAll(() => tls.setDefaultCACertificates(before));

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  // Clients before the servers that they would knock at again.
  for (const stop of stops.splice(0).reverse()) await stop();
});
const secrets = new Map([
  ['first', 'secret one'],
  ['second', 'secret two'],
]);
const start = async (more: Partial<Options> = {}) => {
  const server = await startKeyspaces({ ...certificate, region, secretOf: (id) => secrets.get(id), ...more });
  stops.push(server.stop);
  return server;
};

const accessTo = (port: number, credentials: () => Promise<Credentials>): Access => ({
  service: 'keyspaces',
  contactPoints: ['127.0.0.1'],
  port,
  dataCentre: region,
  keyspace: 'parley',
  tlsServerName: host,
  login: { kind: 'role', region, credentials },
});
const as = (accessKeyId: string) => async () => ({
  accessKeyId,
  secretAccessKey: secrets.get(accessKeyId) ?? '',
});
const connect = (access: Access) => {
  const cassandra = createCassandra({ ...access, requestMs: 5_000, relaxed: 'relaxed', clock: realClock });
  stops.push(cassandra.close);
  return cassandra;
};
const insert = 'INSERT INTO users_by_name (name, user_id) VALUES (?, ?) IF NOT EXISTS';

describe('a stand-in of Keyspaces', () => {
  test('lets in by signature, over TLS to the name of the service', async () => {
    const server = await start();
    const cassandra = connect(accessTo(server.port, as('first')));
    expect(await cassandra.writeIf(insert, ['ann', 'u:ann'])).toBeUndefined();
    expect(new Set(server.names)).toEqual(new Set([host]));
    expect(new Set(server.signedIn)).toEqual(new Set(['first']));
  });

  test('is asked with the levels it knows, without a time of ours, at one of its addresses', async () => {
    const server = await start();
    const cassandra = connect(accessTo(server.port, as('first')));
    for (const name of ['ann', 'bob', 'cid']) await cassandra.writeIf(insert, [name, `u:${name}`]);
    expect(server.knocks()).toBe(0);
    const { localQuorum } = types.consistencies;
    const written = server.asked.filter(({ cql }) => cql === insert);
    expect(written).toHaveLength(3);
    for (const one of written)
      expect(one).toMatchObject({ consistency: localQuorum, serial: false, timestamp: false });
  });

  test('is shown the credentials of the moment', async () => {
    const server = await start();
    let now = 'first';
    const access = accessTo(server.port, () => as(now)());
    await connect(access).writeIf(insert, ['ann', 'u:ann']);
    now = 'second';
    await connect(access).writeIf(insert, ['bob', 'u:bob']);
    expect(new Set(server.signedIn)).toEqual(new Set(['first', 'second']));
  });

  test.each<[string, () => Promise<Credentials>]>([
    ['that are wrong', async () => ({ accessKeyId: 'first', secretAccessKey: 'a guess' })],
    [
      'that cannot be had',
      async () => {
        throw new Error('no credentials');
      },
    ],
  ])('refuses credentials %s, and nobody waits', async (_what, credentials) => {
    const server = await start();
    const cassandra = connect(accessTo(server.port, credentials));
    expect(
      await refusal(cassandra.read('SELECT user_id FROM users_by_name WHERE name = ?', ['ann'])),
    ).toMatchObject({
      code: 'unavailable',
    });
    expect(server.asked).toEqual([]);
  });

  test('is not believed by a certificate for another name, or of nobody we trust', async () => {
    const elsewhere = await start();
    const misnamed = { ...accessTo(elsewhere.port, as('first')), tlsServerName: 'cassandra.example' };
    expect(await refusal(connect(misnamed).writeIf(insert, ['ann', 'u:ann']))).toMatchObject({
      code: 'unavailable',
    });
    const stranger = await start(certificateFor(host));
    const access = accessTo(stranger.port, as('first'));
    expect(await refusal(connect(access).writeIf(insert, ['ann', 'u:ann']))).toMatchObject({
      code: 'unavailable',
    });
    expect([...elsewhere.signedIn, ...stranger.signedIn]).toEqual([]);
  });
});

describe('a password', () => {
  const select = 'SELECT user_id FROM users_by_name WHERE name = ?';
  /** What the server takes, what the secret holds, and how often it was asked for. */
  let door: string;
  let secret: string;
  let asked: string[];
  const password = async () => {
    asked.push(secret);
    return secret;
  };
  const accessBy = (port: number): Access => ({
    ...accessTo(port, as('first')),
    login: { kind: 'password', user: 'ann', password },
  });
  beforeEach(() => {
    [door, secret, asked] = ['one', 'one', []];
  });
  const startWithDoor = () => start({ passwordOf: (user) => (user === 'ann' ? door : undefined) });

  test('is asked for once, for all sockets of a client', async () => {
    const { first } = passwordLogin({ user: 'ann', password });
    expect(await Promise.all([first(), first()])).toEqual([
      Buffer.from('\0ann\0one'),
      Buffer.from('\0ann\0one'),
    ]);
    expect(asked).toEqual(['one']);
  });

  test('lets in, and is not asked for again while its connection stands', async () => {
    const server = await startWithDoor();
    const cassandra = connect(accessBy(server.port));
    await cassandra.read(select, ['ann']);
    await cassandra.writeIf(insert, ['ann', 'u:ann']);
    expect(new Set(server.signedIn)).toEqual(new Set(['ann']));
    expect(asked).toEqual(['one']);
  });

  /** As the walk does: what fell on a socket as it died is repeated. */
  const untilKnown = async (cassandra: Cassandra) => {
    let answer: Awaited<ReturnType<Cassandra['writeIf']>>;
    do answer = await cassandra.writeIf(insert, ['ann', 'u:ann']);
    while (answer === 'unknown');
    return answer;
  };
  test.each([
    ['a read', (cassandra: Cassandra) => cassandra.read(select, ['ann']), []],
    ['a conditional write', untilKnown, undefined],
  ])('that was replaced is asked for anew, and %s does not notice', async (_what, ask, answer) => {
    const server = await startWithDoor();
    const cassandra = connect(accessBy(server.port));
    expect(await ask(cassandra)).toEqual(answer);
    [door, secret] = ['two', 'two'];
    server.hangUp();
    expect(await ask(cassandra)).toEqual(answer);
    expect(asked).toEqual(['one', 'two']);
  });

  test('that is refused is asked for once more and no oftener, and again by the next who asks', async () => {
    const server = await startWithDoor();
    const cassandra = connect(accessBy(server.port));
    secret = 'not yet';
    expect(await refusal(cassandra.read(select, ['ann']))).toMatchObject({ code: 'unavailable' });
    expect(asked).toEqual(['not yet', 'not yet']);
    secret = 'one';
    expect(await cassandra.read(select, ['ann'])).toEqual([]);
    expect(asked).toEqual(['not yet', 'not yet', 'one']);
  });

  test('that cannot be had is a store that is away', async () => {
    const server = await startWithDoor();
    const away = async () => {
      throw new Error('no answer');
    };
    const access: Access = {
      ...accessBy(server.port),
      login: { kind: 'password', user: 'ann', password: away },
    };
    expect(await refusal(connect(access).read(select, ['ann']))).toMatchObject({ code: 'unavailable' });
    expect(server.signedIn).toEqual([]);
  });
});

describe('a migration of Keyspaces', () => {
  const files: [string, string][] = [
    ['001.cql', 'CREATE TABLE IF NOT EXISTS kept (id text PRIMARY KEY);'],
    ['002.cql', 'CREATE TABLE IF NOT EXISTS fleeting (id text PRIMARY KEY) WITH default_time_to_live = 60;'],
  ];

  test('makes a table with its properties, and goes on once it is active', async () => {
    const server = await start({ creating: 1 });
    expect(await migrate(accessTo(server.port, as('first')), files)).toEqual(['001.cql', '002.cql']);
    const statements = server.asked.map(({ cql }) => cql.replace(/\s+/g, ' '));
    const capacity = `'capacity_mode': {'throughput_mode': 'PAY_PER_REQUEST'}`;
    const restore = `'point_in_time_recovery': {'status': 'enabled'}`;
    expect(statements).toContain(
      `CREATE TABLE IF NOT EXISTS kept (id text PRIMARY KEY) WITH CUSTOM_PROPERTIES = {${capacity}, ${restore}}`,
    );
    expect(statements).toContain(
      `CREATE TABLE IF NOT EXISTS fleeting (id text PRIMARY KEY) WITH default_time_to_live = 60 AND CUSTOM_PROPERTIES = {${capacity}, ${restore}, 'ttl': {'status': 'enabled'}}`,
    );
    expect(statements).toContain(
      `CREATE KEYSPACE IF NOT EXISTS parley WITH replication = {'class': 'SingleRegionStrategy'}`,
    );
    const at = (start: string) => statements.findIndex((cql) => cql.startsWith(start));
    const asksBetween = statements
      .slice(at('CREATE TABLE IF NOT EXISTS kept'), at('CREATE TABLE IF NOT EXISTS fleeting'))
      .filter((cql) => cql.includes('system_schema_mcs.tables'));
    expect(asksBetween).toHaveLength(2);
    expect(server.asked.some(({ serial, timestamp }) => serial || timestamp)).toBe(false);
  });
});
