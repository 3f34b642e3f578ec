/**
 * As much of Cassandra's native protocol, version 4, as the driver speaks to sign in, prepare and ask.
 * Source: native_protocol_v4.spec of Apache Cassandra.
 */
export const opcodes = {
  error: 0x00,
  startup: 0x01,
  ready: 0x02,
  authenticate: 0x03,
  options: 0x05,
  supported: 0x06,
  query: 0x07,
  result: 0x08,
  prepare: 0x09,
  execute: 0x0a,
  register: 0x0b,
  challenge: 0x0e,
  authResponse: 0x0f,
  authSuccess: 0x10,
} as const;

export type Frame = { version: number; stream: number; opcode: number; body: Buffer };

const headerBytes = 9;
const newestVersion = 4;

export const short = (value: number) => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
export const int = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
export const string = (text: string) => Buffer.concat([short(Buffer.byteLength(text)), Buffer.from(text)]);
export const bytes = (value: Buffer | undefined) =>
  value ? Buffer.concat([int(value.length), value]) : int(-1);

/** Cuts a stream of bytes into frames. */
export const framesIn = () => {
  let rest = Buffer.alloc(0);
  return function* (chunk: Buffer): Generator<Frame> {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= headerBytes) {
      const end = headerBytes + rest.readInt32BE(5);
      if (rest.length < end) return;
      yield {
        version: rest.readUInt8(0),
        stream: rest.readInt16BE(2),
        opcode: rest.readUInt8(4),
        body: rest.subarray(headerBytes, end),
      };
      rest = rest.subarray(end);
    }
  };
};

export const answerFrame = (stream: number, opcode: number, body: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from([0x80 | newestVersion, 0]),
    short(stream),
    Buffer.from([opcode]),
    int(body.length),
    body,
  ]);

export const isTooNew = ({ version }: Frame) => version > newestVersion;

/** Column types by their numbers in the protocol. */
const types = {
  boolean: 0x04,
  int: 0x09,
  timestamp: 0x0b,
  varchar: 0x0d,
  uuid: 0x0c,
  inet: 0x10,
  set: 0x22,
} as const;
type Type = keyof typeof types;
export type Column = { name: string; type: Type };

const encoded: { [type in Type]: (value: never) => Buffer } = {
  boolean: (value: boolean) => Buffer.from([value ? 1 : 0]),
  int,
  timestamp: (value: number) => Buffer.concat([int(0), int(value)]),
  varchar: (value: string) => Buffer.from(value),
  uuid: (value: string) => Buffer.from(value.replaceAll('-', ''), 'hex'),
  inet: (value: string) => Buffer.from(value.split('.').map(Number)),
  set: (value: string[]) =>
    Buffer.concat([int(value.length), ...value.map((item) => bytes(Buffer.from(item)))]),
};

const metadata = (columns: Column[]) =>
  columns.flatMap(({ name, type }) => [
    string(name),
    short(types[type]),
    ...(type === 'set' ? [short(types.varchar)] : []),
  ]);

const resultKinds = { void: 1, rows: 2, keyspace: 3, prepared: 4 } as const;
const globalTable = [string('a'), string('table')];

export const nothing = (): Buffer => int(resultKinds.void);
export const keyspaceSet = (name: string): Buffer => Buffer.concat([int(resultKinds.keyspace), string(name)]);

export const rows = (columns: Column[], values: Record<string, unknown>[]): Buffer =>
  Buffer.concat([
    int(resultKinds.rows),
    ...[int(1), int(columns.length), ...globalTable, ...metadata(columns)],
    int(values.length),
    ...values.flatMap((row) =>
      columns.map(({ name, type }) =>
        bytes(row[name] === undefined ? undefined : encoded[type](row[name] as never)),
      ),
    ),
  ]);

/** The id of a prepared statement is its text. */
export const prepared = (cql: string, parameters: Column[]): Buffer =>
  Buffer.concat([
    ...[int(resultKinds.prepared), string(cql)],
    ...[
      int(1),
      int(parameters.length),
      int(0),
      ...(parameters.length > 0 ? globalTable : []),
      ...metadata(parameters),
    ],
    ...[int(4), int(0)],
  ]);

export type Asked = {
  cql: string;
  consistency: number;
  /** Whether the client named a serial level, and a time of its own. */
  serial: boolean;
  timestamp: boolean;
  values: Buffer[];
};

/** What follows the text of a statement: the level, flags and values. */
const parametersIn = (body: Buffer): Omit<Asked, 'cql'> => {
  const flags = body.readUInt8(2);
  const values: Buffer[] = [];
  if (flags & 0x01) {
    const count = body.readUInt16BE(3);
    for (let i = 0, at = 5; i < count; i++) {
      const length = Math.max(0, body.readInt32BE(at));
      values.push(body.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
  }
  return {
    consistency: body.readUInt16BE(0),
    serial: (flags & 0x10) !== 0,
    timestamp: (flags & 0x20) !== 0,
    values,
  };
};

export const queryIn = (body: Buffer): Asked => {
  const end = 4 + body.readInt32BE(0);
  return { cql: body.toString('utf8', 4, end), ...parametersIn(body.subarray(end)) };
};
export const executionIn = (body: Buffer): Asked => {
  const end = 2 + body.readInt16BE(0);
  return { cql: body.toString('utf8', 2, end), ...parametersIn(body.subarray(end)) };
};
