import type { Role } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { Cassandra, Row } from '../cassandra/client.ts';
import { readWord, wordOf } from '../conversations/port.ts';
import { AppError } from '../errors.ts';
import { packChange, readChange } from '../messages/rows.ts';
import type { Members, StandingMember } from './port.ts';

const columns = 'user_id, state, role, version, last_change';
const statements = {
  rows: `SELECT ${columns} FROM members_by_conversation WHERE conversation_id = ?`,
  standing: `SELECT ${columns} FROM members_by_conversation WHERE conversation_id = ? AND user_id = ?`,
  first: `INSERT INTO members_by_conversation (conversation_id, user_id, state, role, version, last_change)
    VALUES (?, ?, ?, ?, ?, ?) IF NOT EXISTS`,
  change: `UPDATE members_by_conversation SET state = ?, role = ?, version = ?, last_change = ?
    WHERE conversation_id = ? AND user_id = ? IF version = ?`,
  side: 'SELECT version FROM conversations_by_user WHERE user_id = ? AND conversation_id = ?',
  firstSide: `INSERT INTO conversations_by_user (user_id, conversation_id, state, version)
    VALUES (?, ?, ?, ?) IF NOT EXISTS`,
  changeSide: `UPDATE conversations_by_user SET state = ?, version = ?
    WHERE user_id = ? AND conversation_id = ? IF version = ?`,
  retitle: `UPDATE conversations SET title = ?, version = ?, last_change = ?
    WHERE conversation_id = ? IF version = ?`,
  raise: 'UPDATE conversations SET version = ?, last_change = ? WHERE conversation_id = ? IF version = ?',
};

/** Conditional writes that lose to others before giving up. */
const sideTries = 5;

const readMember = (row: Row): StandingMember => {
  const change = readChange(row.last_change);
  return {
    user: row.user_id,
    state: row.state,
    ...readWord<Role>(row.role),
    version: Number(row.version),
    ...(change && { change }),
  };
};

const told = (answer: Awaited<ReturnType<Cassandra['writeIf']>>) =>
  answer === undefined ? 'changed' : answer === 'unknown' ? 'unknown' : 'refused';

type Changes = Pick<Members, 'rows' | 'standing' | 'change' | 'belong' | 'retitle'>;

/** Changes of members and titles: each conditional on the version that was read. */
export const cassandraMemberships = (cassandra: Cassandra): Changes => {
  const changeSide = async (
    user: UserId,
    conversation: ConversationId,
    { state, version }: { state: string; version: number },
  ) => {
    const [row] = await cassandra.read(statements.side, [user, conversation]);
    if (row?.version !== undefined && row.version !== null && Number(row.version) >= version)
      return undefined;
    return row?.version
      ? cassandra.writeIf(statements.changeSide, [state, version, user, conversation, Number(row.version)])
      : cassandra.writeIf(statements.firstSide, [user, conversation, state, version]);
  };

  return {
    rows: async (conversation) => (await cassandra.readAll(statements.rows, [conversation])).map(readMember),

    standing: async (conversation, user) => {
      const [row] = await cassandra.read(statements.standing, [conversation, user]);
      return row && readMember(row);
    },

    change: async (conversation, row) => {
      const { user, state, version, change } = row;
      const role = wordOf(row);
      const made = change ? packChange(change) : '';
      return told(
        await (version === 1
          ? cassandra.writeIf(statements.first, [conversation, user, state, role, version, made])
          : cassandra.writeIf(statements.change, [
              state,
              role,
              version,
              made,
              conversation,
              user,
              version - 1,
            ])),
      );
    },

    belong: async (user, conversation, side) => {
      const state = side.in ? 'in' : 'out';
      for (let tries = 0; tries < sideTries; tries++) {
        const answer = await changeSide(user, conversation, { state, version: side.version });
        if (answer === undefined) return;
      }
      throw new AppError('unavailable', 'unable to write; Cassandra did not answer in time');
    },

    retitle: async (conversation, { version, title, change }) =>
      told(
        await (title === undefined
          ? cassandra.writeIf(statements.raise, [version, packChange(change), conversation, version - 1])
          : cassandra.writeIf(statements.retitle, [
              title,
              version,
              packChange(change),
              conversation,
              version - 1,
            ])),
      ),
  };
};
