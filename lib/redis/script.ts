import { createHash } from 'node:crypto';

export type Script = { name: string; source: string; sha: string };

export const script = (name: string, source: string): Script => ({
  name,
  source,
  sha: createHash('sha1').update(source).digest('hex'),
});

/**
 * The Redis that adapters are given: scripts by SHA and a few plain commands, each one round trip. Every failure is
 * an `unavailable` AppError with its cause; whether a script ran that gave no answer is open.
 */
export type Redis = {
  /** Keys are declared and share one slot. */
  run(script: Script, keys: string[], args: (string | number)[]): Promise<unknown>;
  delete(...keys: string[]): Promise<void>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  get(key: string): Promise<string | undefined>;
  /** Reads and deletes in one step: one of several readers gets it. */
  getDelete(key: string): Promise<string | undefined>;
};
