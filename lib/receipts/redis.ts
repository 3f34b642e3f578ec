import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { Watermarks } from '../../schema/pushes.ts';
import type { Chance } from '../clock.ts';
import { isUnavailable } from '../errors.ts';
import { conversationKeys, ttlMs } from '../redis/keys.ts';
import { type Redis, script } from '../redis/script.ts';
import applyLua from './lua/apply.lua';
import highestLua from './lua/highest.lua';
import raiseLua from './lua/raise.lua';
import recallLua from './lua/recall.lua';
import startLua from './lua/start.lua';
import type { Receipts, StoredReceipts } from './port.ts';

const scripts = {
  recall: script('recall-receipts', recallLua),
  start: script('start-receipts', startLua),
  apply: script('apply-receipts', highestLua + applyLua),
  raise: script('raise-receipt', highestLua + raiseLua),
};

const readMarks = (flat: string[]): Watermarks[] => {
  const marks: Watermarks[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const [delivered, read] = (flat[i + 1] ?? '').split(' ').map(Number);
    // Beside the users there is `built`.
    if (delivered === undefined || read === undefined) continue;
    marks.push({ user: flat[i] as UserId, delivered, read });
  }
  return marks;
};

const unlessAway = async <T>(asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return undefined;
  }
};

/** Remembers for an hour what is stored. Reads go on without Redis; marks do not, for it would go on telling less. */
export const redisReceipts = (parts: { redis: Redis; stored: StoredReceipts; chance: Chance }): Receipts => {
  const { redis, stored, chance } = parts;

  const recall = async (key: string, user: UserId | '') => {
    const flat = (await redis.run(scripts.recall, [key], [user])) as string[] | null;
    return flat ? readMarks(flat) : undefined;
  };

  const start = async (key: string) =>
    String(await redis.run(scripts.start, [key], [chance.id(), ttlMs.rebuild]));

  const apply = async (key: string, token: string, marks: Watermarks[]) => {
    const packed = marks.flatMap(({ user, delivered, read }) => [user, delivered, read]);
    const flat = (await redis.run(scripts.apply, [key], [token, ttlMs.receipts, ...packed])) as
      | string[]
      | null;
    return flat ? readMarks(flat) : undefined;
  };

  /** A rebuild is begun before the store is read: a mark that is raised meanwhile is kept, and the higher counts. */
  const remembered = async (conversation: ConversationId, user: UserId | '') => {
    const key = conversationKeys(conversation).receipts;
    const known = await unlessAway(recall(key, user));
    if (known) return known;
    const token = await unlessAway(start(key));
    const marks = await stored.of(conversation);
    return (token && (await unlessAway(apply(key, token, marks)))) || marks;
  };

  return {
    of: (conversation) => remembered(conversation, ''),

    own: async (conversation, user) => {
      const marks = await remembered(conversation, user);
      return marks.find((mark) => mark.user === user) ?? { user, delivered: 0, read: 0 };
    },

    store: stored.store,

    pass: stored.pass,

    raise: async ({ conversation, user, kind, seq }) => {
      const args = [user, seq, kind === 'read' ? seq : 0];
      const key = conversationKeys(conversation).receipts;
      const raised = (await redis.run(scripts.raise, [key], args)) as [number, string, string] | null;
      if (!raised) return undefined;
      const [rose, delivered, read] = raised;
      return { user, delivered: Number(delivered), read: Number(read), rose: rose === 1 };
    },

    passes: stored.passes,
  };
};
