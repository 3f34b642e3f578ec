import type { ConversationId } from '../../schema/ids.ts';
import type { Clock } from '../clock.ts';
import { conversationKeys, signMs } from '../redis/keys.ts';
import type { Keyspace } from '../redis/keyspace.ts';

/** Holders who entered and have not finished, and when they did. */
type Writers = Map<string, number>;

export const writersOf = (
  { keys, clock }: { keys: Keyspace; clock: Clock },
  conversation: ConversationId,
) => {
  const name = conversationKeys(conversation).writers;
  const isRecent = ([, at]: [string, number]) => clock.now() - at <= signMs;
  const signs: Writers = new Map([...(keys.get<Writers>(name) ?? [])].filter(isRecent));
  const put = (changed: Writers) => keys.set(name, changed, signMs);
  return {
    within: (ms: number) => [...signs.values()].some((at) => clock.now() - at <= ms),
    sign: (holder: string) => put(new Map(signs).set(holder, clock.now())),
    /** Whether there was a sign. */
    erase: (holder: string) => {
      const signed = signs.delete(holder);
      if (signed) put(signs);
      return signed;
    },
  };
};
