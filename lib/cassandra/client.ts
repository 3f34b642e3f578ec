import { Client, errors, policies, types } from 'cassandra-driver';
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import { idleMs } from '../idle.ts';
import { type Access, accessOptions, levelsOf, policiesOf } from './access.ts';
import { consistency } from './consistency.ts';
import type { Reading } from './reading.ts';

export type CassandraOptions = Access & {
  requestMs: number;
  /** Rows of a page at most; Keyspaces ends one after 1 MB, however few it has. */
  pageRows?: number;
  /** What `relaxed` readings are allowed to be. */
  relaxed: Reading;
  clock: Clock;
};

type Value = string | number | boolean | Buffer | Date | Value[];
export type Row = types.Row;

type ReadOptions = { limit?: number; reading?: Reading };

/** The Cassandra that adapters are given. Failures are `unavailable` AppErrors with their cause. */
export type Cassandra = {
  read(cql: string, values: Value[], options?: ReadOptions): Promise<Row[]>;
  /** Reads one partition page by page, as far as the caller goes on. */
  pages(cql: string, values: Value[]): AsyncIterable<Row[]>;
  /** Reads every page of one partition. */
  readAll(cql: string, values: Value[]): Promise<Row[]>;
  write(cql: string, values: Value[]): Promise<void>;
  /**
   * A conditional write: `undefined` when applied, else the row that was there. `unknown` when no answer came: it
   * may have been applied, may still be, or never; the same statement again finds out.
   */
  writeIf(cql: string, values: Value[]): Promise<Row | undefined | 'unknown'>;
};

const probeMs = 300;
const mostPageRows = 1_000;

const { unavailableException, overloaded, isBootstrapping } = types.responseErrorCodes;
/** By class, not by name: bundles shorten names. */
const { NoHostAvailableError, ResponseError } = errors;

/** Answers and failures that came before anything was done. */
const neverSent = (error: unknown): boolean =>
  error instanceof NoHostAvailableError ||
  (error instanceof ResponseError &&
    [unavailableException, overloaded, isBootstrapping].includes(error.code));

/** A server that calls the statement itself wrong: our fault, not a store that is away. */
const refused = (error: unknown): boolean => error instanceof ResponseError && error.code >= 0x2000;

/** Its own name again, for log lines. */
const named = (error: unknown): unknown => {
  const [name] = Object.entries(errors).find(([, type]) => error instanceof type) ?? [];
  if (error instanceof Error && name) error.name = name;
  return error;
};

const createClient = (options: CassandraOptions) =>
  new Client({
    ...accessOptions(options),
    keyspace: options.keyspace,
    // A Lambda runs one request at a time: connect lazily, prepare where needed, fail early.
    pooling: { warmup: false, heartBeatInterval: 0 },
    isMetadataSyncEnabled: false,
    prepareOnAllHosts: false,
    rePrepareOnUp: false,
    // A socket on which one answer did not come may be dead without a word: it is not asked again.
    socketOptions: {
      connectTimeout: 2_000,
      readTimeout: options.requestMs,
      defunctReadTimeoutThreshold: 1,
    },
    queryOptions: { prepare: true, ...levelsOf(options) },
    policies: {
      ...policiesOf(options),
      retry: new policies.retry.FallthroughRetryPolicy(),
      reconnection: new policies.reconnection.ConstantReconnectionPolicy(250),
    },
  });

export const createCassandra = (options: CassandraOptions): Cassandra & { close(): Promise<void> } => {
  const { clock, pageRows = mostPageRows } = options;
  let client: Client | undefined;
  let usedAt = clock.now();

  const close = async () => {
    const old = client;
    client = undefined;
    await old?.shutdown().catch(() => {});
  };

  /**
   * Leaves a client whose sockets may be dead, unless another call has done so: the fresh one must not suffer for it.
   * Nobody waits for its end: a goodbye on a dead socket is never answered.
   */
  const renew = (dead: Client) => {
    if (client === dead) void close();
  };

  /** The sockets of a thawed Lambda may be dead: one cheap question, and a fresh client where it fails. */
  const ready = async (): Promise<Client> => {
    const old = client;
    if (old && clock.now() - usedAt > idleMs) {
      const probe = old.execute('SELECT key FROM system.local', [], {
        prepare: false,
        readTimeout: probeMs,
      });
      await probe.catch(() => renew(old));
    }
    usedAt = clock.now();
    client ??= createClient(options);
    return client;
  };

  /** Once more, by a fresh client: sockets of a thawed Lambda may be dead, and a password may have been replaced. */
  const askAgainIf =
    (lost: (error: unknown) => boolean) => async (cql: string, values: Value[], asked: object) => {
      const first = await ready();
      try {
        return await first.execute(cql, values, asked);
      } catch (error) {
        if (!lost(error)) throw error;
        renew(first);
        return (await ready()).execute(cql, values, asked);
      }
    };
  /** What may be done twice. */
  const askTwice = askAgainIf((error) => !(error instanceof ResponseError));
  /** What may not, but nobody was there to hear it. */
  const askUntilHeard = askAgainIf((error) => error instanceof NoHostAvailableError);

  const unavailable = (error: unknown) =>
    refused(error)
      ? error
      : new AppError('unavailable', 'unable to reach Cassandra; no answer in time', { cause: named(error) });

  async function* pages(
    cql: string,
    values: Value[],
    { limit = pageRows, reading = 'decisive' }: ReadOptions = {},
  ): AsyncIterable<Row[]> {
    const level = reading === 'relaxed' ? options.relaxed : reading;
    const fetchSize = Math.min(limit, pageRows);
    let pageState: string | undefined;
    do {
      const asked = { consistency: consistency[level], fetchSize, isIdempotent: true };
      const page = await askTwice(cql, values, pageState ? { ...asked, pageState } : asked).catch((error) => {
        throw unavailable(error);
      });
      pageState = page.pageState ?? undefined;
      yield page.rows;
    } while (pageState);
  }

  return {
    pages,
    read: async (cql, values, { limit = 1, ...options } = {}) => {
      const rows: Row[] = [];
      for await (const page of pages(cql, values, { limit, ...options })) {
        rows.push(...page);
        if (rows.length >= limit) break;
      }
      return rows;
    },
    readAll: async (cql, values) => {
      const rows: Row[] = [];
      for await (const page of pages(cql, values)) rows.push(...page);
      return rows;
    },
    write: async (cql, values) => {
      try {
        await askTwice(cql, values, { isIdempotent: true });
      } catch (error) {
        throw unavailable(error);
      }
    },
    writeIf: async (cql, values) => {
      try {
        const result = await askUntilHeard(cql, values, { isIdempotent: false });
        return result.wasApplied() ? undefined : result.first();
      } catch (error) {
        if (refused(error) || neverSent(error)) throw unavailable(error);
        return 'unknown';
      }
    },
    close,
  };
};
