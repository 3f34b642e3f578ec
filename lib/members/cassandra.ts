import type { ConversationKind } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { Cassandra, Row } from '../cassandra/client.ts';
import { isIn } from '../conversations/port.ts';
import { AppError } from '../errors.ts';
import { inLanes } from '../lanes.ts';
import { readChange } from '../messages/rows.ts';
import { cassandraMemberships } from './changes-cassandra.ts';
import { asMember, type Members } from './port.ts';

const statements = {
  conversation: `SELECT kind, title, creator, request, created_at, head_seq, version, last_change FROM conversations
    WHERE conversation_id = ?`,
  create: `INSERT INTO conversations (conversation_id, kind, creator, request, created_at, version)
    VALUES (?, ?, ?, ?, ?, ?) IF NOT EXISTS`,
  createTitled: `INSERT INTO conversations (conversation_id, kind, creator, request, created_at, version, title)
    VALUES (?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS`,
  add: `INSERT INTO members_by_conversation (conversation_id, user_id, state, role, version)
    VALUES (?, ?, ?, ?, ?) IF NOT EXISTS`,
  addConversation: `INSERT INTO conversations_by_user (user_id, conversation_id, state, version)
    VALUES (?, ?, ?, ?) IF NOT EXISTS`,
  addDirect: `INSERT INTO conversations_by_user (user_id, conversation_id, state, version, peer)
    VALUES (?, ?, ?, ?, ?) IF NOT EXISTS`,
  conversationsOf:
    'SELECT conversation_id, state, peer, active_at FROM conversations_by_user WHERE user_id = ?',
  active: 'UPDATE conversations_by_user SET active_at = ? WHERE user_id = ? AND conversation_id = ?',
  hint: 'UPDATE conversations SET head_seq = ? WHERE conversation_id = ?',
};

const lanes = 16;

const stands = (row: Row) => row.state === 'in';

export const cassandraMembers = (cassandra: Cassandra): Members => {
  /** A conditional write whose answer must be known. */
  const settle = async (cql: string, values: Parameters<Cassandra['writeIf']>[1]) => {
    const taken = await cassandra.writeIf(cql, values);
    if (taken === 'unknown')
      throw new AppError('unavailable', 'unable to write; Cassandra did not answer in time');
    return taken;
  };

  const changes = cassandraMemberships(cassandra);

  return {
    ...changes,

    conversation: async (conversation) => {
      const [row] = await cassandra.read(statements.conversation, [conversation]);
      // A hint may outlive nothing else: the row exists when its kind does.
      if (!row?.kind) return undefined;
      const change = readChange(row.last_change);
      return {
        id: conversation,
        kind: row.kind as ConversationKind,
        creator: row.creator as UserId,
        request: row.request,
        createdAt: row.created_at.getTime(),
        headHint: Number(row.head_seq ?? 0),
        version: Number(row.version),
        ...(change && { change }),
        ...(row.title && { title: row.title }),
      };
    },

    create: async ({ id, kind, title, creator, request, createdAt }) => {
      const values = [id, kind, creator, request, new Date(createdAt), 1];
      const taken = await (title === undefined
        ? settle(statements.create, values)
        : settle(statements.createTitled, [...values, title]));
      return taken === undefined;
    },

    add: async (conversation, { user, role, version }, peer) => {
      await Promise.all([
        settle(statements.add, [conversation, user, 'in', role, version]),
        peer === undefined
          ? settle(statements.addConversation, [user, conversation, 'in', 1])
          : settle(statements.addDirect, [user, conversation, 'in', 1, peer]),
      ]);
    },

    of: async (conversation) => (await changes.rows(conversation)).map(asMember).filter(isIn),

    known: async (conversation) => (await changes.rows(conversation)).map(asMember),

    member: async (conversation, user) => {
      const standing = await changes.standing(conversation, user);
      const member = standing && asMember(standing);
      return member && isIn(member) ? member : undefined;
    },

    conversationsOf: async (user) =>
      (await cassandra.readAll(statements.conversationsOf, [user])).filter(stands).map((row) => ({
        conversation: row.conversation_id as ConversationId,
        activeAt: row.active_at?.getTime() ?? 0,
        ...(row.peer && { peer: row.peer as UserId }),
      })),

    active: (conversation, users, at) =>
      inLanes(lanes, users, (user) => cassandra.write(statements.active, [new Date(at), user, conversation])),

    hint: (conversation, seq) => cassandra.write(statements.hint, [seq, conversation]),
  };
};
