import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { Tables } from '../cassandra/tables.ts';
import { isIn, type Member } from '../conversations/port.ts';
import type { Belonging, ConversationRow, Members } from './port.ts';

export const memoryMembers = (tables: Tables): Members => {
  const rows = tables.table<ConversationRow>('conversations');
  const membersOf = (conversation: ConversationId) => tables.table<Member>(`members:${conversation}`);
  const belongingsOf = (user: UserId) => tables.table<Belonging>(`conversations:${user}`);
  return {
    conversation: async (conversation) => rows.get(conversation),
    create: async (row) => {
      if (rows.has(row.id)) return false;
      rows.set(row.id, { ...row, headHint: 0 });
      return true;
    },
    add: async (conversation, member, peer) => {
      const members = membersOf(conversation);
      if (!members.has(member.user)) members.set(member.user, member);
      const belongings = belongingsOf(member.user);
      if (!belongings.has(conversation)) {
        belongings.set(conversation, { conversation, activeAt: 0, ...(peer && { peer }) });
      }
    },
    of: async (conversation) => [...membersOf(conversation).values()].filter(isIn),
    known: async (conversation) => [...membersOf(conversation).values()],
    member: async (conversation, user) => {
      const member = membersOf(conversation).get(user);
      return member && isIn(member) ? member : undefined;
    },
    conversationsOf: async (user) => [...belongingsOf(user).values()],
    active: async (conversation, users, at) => {
      for (const user of users) {
        const kept = belongingsOf(user).get(conversation);
        if (kept) belongingsOf(user).set(conversation, { ...kept, activeAt: at });
      }
    },
    hint: async (conversation, seq) => {
      const row = rows.get(conversation);
      if (row) rows.set(conversation, { ...row, headHint: seq });
    },
  };
};
