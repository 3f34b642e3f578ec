import { redisConversations } from '../../../lib/conversations/redis.ts';
import { cassandraMembers } from '../../../lib/members/cassandra.ts';
import { cassandraMessages } from '../../../lib/messages/cassandra.ts';
import type { ConversationId, UserId } from '../../../schema/ids.ts';
import { aMessage } from '../entries.ts';
import { realCassandra, realRedis } from '../real.ts';

/**
 * Gives a new conversation a past: its creation moves to the first of these moments, and a message follows at each of
 * the others. Time cannot be waited for, so this goes straight into the table; Redis then has to read it from there.
 */
export const givePast = async (id: string, from: string, moments: readonly number[]): Promise<void> => {
  const conversation = id as ConversationId;
  const [cassandra, redis] = [realCassandra(), realRedis()];
  try {
    const created =
      'UPDATE messages_by_conversation SET ts = ? WHERE conversation_id = ? AND bucket = 0 AND seq = 1 IF EXISTS';
    await cassandra.writeIf(created, [new Date(moments[0] ?? 0), id]);
    const messages = cassandraMessages(cassandra);
    const all = moments.slice(1).map((ts, i) => ({ ts, seq: i + 2 }));
    for (const { ts, seq } of all) {
      await messages.append(aMessage({ conversation, seq, from: from as UserId, ts }));
    }
    await cassandraMembers(cassandra).hint(conversation, moments.length);
    await redisConversations(redis).drop(conversation);
  } finally {
    await Promise.all([cassandra.close(), redis.close()]);
  }
};
