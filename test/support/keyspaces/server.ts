import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { type AddressInfo, createServer as createPlainServer, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import {
  type Asked,
  answerFrame,
  bytes,
  type Column,
  executionIn,
  type Frame,
  framesIn,
  int,
  isTooNew,
  keyspaceSet,
  nothing,
  opcodes,
  prepared,
  queryIn,
  rows,
  short,
  string,
} from './protocol.ts';

/**
 * Keyspaces as far as its documents describe it and a test here can go: TLS, the signed challenge, and a schema whose
 * tables are made some time after they were asked for. No statement of the product runs on it.
 */
export type Options = {
  cert: string;
  key: string;
  region: string;
  secretOf: (accessKey: string) => string | undefined;
  /** Of users who come by password instead. */
  passwordOf?: (user: string) => string | undefined;
  /** How often a table is still being made when its status is asked. */
  creating?: number;
};

const text = (name: string): Column => ({ name, type: 'varchar' });
const ofLocal: Column[] = [
  ...['key', 'cluster_name', 'data_center', 'rack', 'release_version', 'partitioner', 'cql_version'].map(
    text,
  ),
  { name: 'host_id', type: 'uuid' },
  { name: 'schema_version', type: 'uuid' },
  { name: 'rpc_address', type: 'inet' },
  { name: 'tokens', type: 'set' },
];
const ofPeers: Column[] = [
  { name: 'peer', type: 'inet' },
  ...['data_center', 'rack', 'release_version'].map(text),
  { name: 'host_id', type: 'uuid' },
  { name: 'schema_version', type: 'uuid' },
  { name: 'rpc_address', type: 'inet' },
  { name: 'tokens', type: 'set' },
];
const typeOf = (name: string): Column => ({
  name,
  type: name === 'beat' ? 'int' : name === 'applied_at' ? 'timestamp' : 'varchar',
});

/** Names of what is bound, in their order. */
const parametersOf = (cql: string): Column[] => {
  const [, columns = '', values = ''] = cql.match(/\(([^)]*)\) VALUES \(([^)]*)\)/) ?? [];
  const places = values.split(', ');
  const inserted = columns.split(', ').filter((_, i) => places[i] === '?');
  return [...inserted, ...[...cql.matchAll(/(\w+) = \?/g)].map(([, name = '']) => name)].map(typeOf);
};

const sha256 = (data: string) => createHash('sha256').update(data).digest('hex');

/** The signature as the plugins of AWS make it, written apart from the product's. */
const signatureOf = (nonce: string, access: string, secret: string, region: string, time: string) => {
  const date = time.slice(0, 10).replaceAll('-', '');
  const scope = [date, region, 'cassandra', 'aws4_request'].join('/');
  const query = new URLSearchParams({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${access}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': '900',
  });
  const request = ['PUT', '/authenticate', query, 'host:cassandra', '', 'host', sha256(nonce)].join('\n');
  let key: string | Buffer = `AWS4${secret}`;
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  return createHmac('sha256', key)
    .update(['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n'))
    .digest('hex');
};

export const startKeyspaces = async ({
  cert,
  key,
  region,
  secretOf,
  passwordOf = () => undefined,
  creating = 0,
}: Options) => {
  const asked: Asked[] = [];
  const names: (string | false | null | undefined)[] = [];
  const signedIn: string[] = [];
  const tables = new Map<string, number>();
  const sockets = new Set<Socket>();
  const [host, version] = [randomUUID(), randomUUID()];

  const local = {
    ...{
      key: 'local',
      cluster_name: 'Amazon Keyspaces',
      data_center: region,
      rack: region,
      cql_version: '3.4.4',
    },
    ...{
      release_version: '3.11.2',
      partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
      tokens: ['0'],
    },
    ...{ host_id: host, schema_version: version, rpc_address: '127.0.0.1' },
  };

  const statusOf = (table: string) => {
    const left = tables.get(table);
    if (left === undefined) return [];
    tables.set(table, left - 1);
    return [{ status: left > 0 ? 'CREATING' : 'ACTIVE' }];
  };

  /** One more door of the same service, which nobody needs. */
  const peer = { peer: '127.0.0.2', rpc_address: '127.0.0.2', host_id: randomUUID() };
  const { data_center, rack, release_version, schema_version, tokens } = local;
  const peers = [{ ...peer, data_center, rack, release_version, schema_version, tokens }];

  const resultOf = ({ cql, values }: Asked): Buffer => {
    const [, created] = cql.match(/^CREATE TABLE IF NOT EXISTS (\w+)/) ?? [];
    if (created !== undefined) tables.set(created, creating);
    if (/FROM system.local/.test(cql)) return rows(ofLocal, [local]);
    if (/FROM system.peers/.test(cql)) return rows(ofPeers, peers);
    if (/FROM system_schema_mcs.tables/.test(cql)) return rows([text('status')], statusOf(String(values[1])));
    if (/FROM system_schema_mcs.keyspaces/.test(cql))
      return rows([text('keyspace_name')], [{ keyspace_name: 'it' }]);
    if (/^SELECT/.test(cql)) return rows([text('nothing')], []);
    if (/^USE/.test(cql)) return keyspaceSet('parley');
    if (/ IF /.test(cql) && !created && !/^CREATE/.test(cql))
      return rows([{ name: '[applied]', type: 'boolean' }], [{ '[applied]': true }]);
    return nothing();
  };

  const isGenuine = (answer: string, nonce: string) => {
    const {
      signature,
      access_key: access = '',
      amzdate = '',
    } = Object.fromEntries(answer.split(',').map((part) => part.split(/=(.*)/s, 2))) as Record<
      string,
      string
    >;
    const secret = secretOf(access);
    if (secret === undefined || signature !== signatureOf(nonce, access, secret, region, amzdate))
      return false;
    signedIn.push(access);
    return true;
  };

  const isKnown = (answer: string) => {
    const [, user = '', password] = answer.split('\0');
    if (password === undefined || password !== passwordOf(user)) return false;
    signedIn.push(user);
    return true;
  };

  const refuse = (code: number, message: string): [number, Buffer] => [
    opcodes.error,
    Buffer.concat([int(code), string(message)]),
  ];

  const answerer = () => {
    const nonce = randomBytes(16).toString('hex');
    let authenticated = false;
    const ask = (one: Asked): [number, Buffer] => {
      if (!authenticated) return refuse(0x0100, 'not signed in');
      asked.push(one);
      return [opcodes.result, resultOf(one)];
    };
    return (frame: Frame): [number, Buffer] => {
      const { opcode, body } = frame;
      if (isTooNew(frame))
        return refuse(
          0x000a,
          'Invalid or unsupported protocol version; the lowest supported version is 3 and the greatest is 4',
        );
      if (opcode === opcodes.options) return [opcodes.supported, short(0)];
      if (opcode === opcodes.startup)
        return [opcodes.authenticate, string('com.amazon.helenus.auth.HelenusAuthenticator')];
      if (opcode === opcodes.authResponse) {
        const answer = body.toString('utf8', 4);
        if (answer === 'SigV4\0\0') return [opcodes.challenge, bytes(Buffer.from(`nonce=${nonce},more=1`))];
        authenticated = answer.startsWith('\0') ? isKnown(answer) : isGenuine(answer, nonce);
        return authenticated
          ? [opcodes.authSuccess, bytes(undefined)]
          : refuse(0x0100, 'the signature or the password is wrong');
      }
      if (opcode === opcodes.register) return [opcodes.ready, Buffer.alloc(0)];
      if (opcode === opcodes.query) return ask(queryIn(body));
      if (opcode === opcodes.execute) return ask(executionIn(body));
      const cql = body.toString('utf8', 4);
      return [opcodes.result, prepared(cql, parametersOf(cql))];
    };
  };

  const server = createServer({ cert, key }, (socket) => {
    names.push(socket.servername);
    const answer = answerer();
    const frames = framesIn();
    sockets.add(socket);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of frames(chunk)) {
        const [opcode, body] = answer(frame);
        socket.write(answerFrame(frame.stream, opcode, body));
      }
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  let knocks = 0;
  const otherDoor = createPlainServer((socket) => {
    knocks++;
    socket.destroy();
  });
  // Where a machine has one loopback address only, nobody can knock.
  await new Promise<void>((resolve) =>
    otherDoor.once('error', () => resolve()).listen(port, peer.peer, resolve),
  );

  return {
    port,
    /** Sockets that were opened to the other door. */
    knocks: () => knocks,
    /** Statements, in their order. */
    asked,
    /** Server names that clients asked for. */
    names,
    /** Access keys and users that signed in, once for each socket. */
    signedIn,
    /** Ends every connection that stands. */
    hangUp: () => {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all([server, otherDoor].map((one) => new Promise((resolve) => one.close(resolve))));
    },
  };
};
