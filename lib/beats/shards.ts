import { createHash } from 'node:crypto';
import type { UserId } from '../../schema/ids.ts';
import { beatKeys } from '../redis/keys.ts';

export type Shards = { all: Shard[]; of(user: UserId): Shard };
type Shard = ReturnType<typeof beatKeys>;

/** A test names shards of its own: those of the product are everybody's. */
export const shardsNamed = (...names: [string, ...string[]]): Shards => ({
  all: names.map(beatKeys),
  of: (user) => {
    const [byte = 0] = createHash('sha256').update(user).digest();
    return beatKeys(names[byte % names.length] ?? names[0]);
  },
});

export const shards = shardsNamed('0', '1', '2', '3');
