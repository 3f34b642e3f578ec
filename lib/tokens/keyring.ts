import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Key, parseKeys } from './keys.ts';

/** The keys as they are now, newest first. */
export type Keyring = () => Promise<readonly [Key, ...Key[]]>;

type Options = {
  /** The keys as text: see `parseKeys`. */
  read: () => Promise<string>;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Milliseconds after which they are read again. */
  every: number;
  log: Log;
};

const unreadable = (cause: unknown) =>
  new AppError('internal', 'unable to answer; the keys are malformed', { cause });

/** After a failure they are read again this soon. */
const againMs = 30_000;

/** Reads them at the first use and every so often; those that it has are used while they cannot be read. */
export const createKeyring = ({ read, now, every, log }: Options): Keyring => {
  let held: { keys: readonly [Key, ...Key[]]; until: number } | undefined;
  let loading: Promise<readonly [Key, ...Key[]]> | undefined;

  const load = async () => {
    try {
      const keys = parseKeys(await read());
      held = { keys, until: now() + every };
      return keys;
    } catch (error) {
      if (!held) throw error instanceof AppError ? error : unreadable(error);
      log.warn('keys.stale', { cause: error });
      held = { ...held, until: now() + againMs };
      return held.keys;
    }
  };

  return async () => {
    if (held && now() < held.until) return held.keys;
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return loading;
  };
};

/** Keys that lie elsewhere and cannot be fetched say nothing about a token. */
export const fetched = (read: () => Promise<string>) => async (): Promise<string> => {
  try {
    return await read();
  } catch (error) {
    throw new AppError('unavailable', 'unable to answer; the keys are out of reach', { cause: error });
  }
};
