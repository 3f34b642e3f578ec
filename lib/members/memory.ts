import type { ConversationId, UserId } from '../../schema/ids.ts';
import type { Tables } from '../cassandra/tables.ts';
import { isIn } from '../conversations/port.ts';
import { asMember, type Belonging, type ConversationRow, type Members, type StandingMember } from './port.ts';

type Side = Belonging & { in: boolean; version: number };

export const memoryMembers = (tables: Tables): Members => {
  const rows = tables.table<ConversationRow>('conversations');
  const membersOf = (conversation: ConversationId) => tables.table<StandingMember>(`members:${conversation}`);
  const sidesOf = (user: UserId) => tables.table<Side>(`conversations:${user}`);
  const known = (conversation: ConversationId) => [...membersOf(conversation).values()].map(asMember);
  return {
    conversation: async (conversation) => rows.get(conversation),
    create: async (row) => {
      if (rows.has(row.id)) return false;
      rows.set(row.id, { ...row, headHint: 0, version: 1 });
      return true;
    },
    add: async (conversation, member, peer) => {
      const members = membersOf(conversation);
      if (!members.has(member.user)) members.set(member.user, { ...member, state: 'in' });
      const sides = sidesOf(member.user);
      if (!sides.has(conversation)) {
        sides.set(conversation, { conversation, activeAt: 0, in: true, version: 1, ...(peer && { peer }) });
      }
    },
    of: async (conversation) => known(conversation).filter(isIn),
    known: async (conversation) => known(conversation),
    member: async (conversation, user) =>
      known(conversation)
        .filter(isIn)
        .find((member) => member.user === user),
    conversationsOf: async (user) =>
      [...sidesOf(user).values()]
        .filter((side) => side.in)
        .map(({ conversation, activeAt, peer }) => ({ conversation, activeAt, ...(peer && { peer }) })),
    active: async (conversation, users, at) => {
      for (const user of users) {
        const kept = sidesOf(user).get(conversation);
        if (kept) sidesOf(user).set(conversation, { ...kept, activeAt: at });
      }
    },
    standing: async (conversation, user) => membersOf(conversation).get(user),
    rows: async (conversation) => [...membersOf(conversation).values()],
    change: async (conversation, row) => {
      const members = membersOf(conversation);
      if ((members.get(row.user)?.version ?? 0) !== row.version - 1) return 'refused';
      members.set(row.user, row);
      return 'changed';
    },
    belong: async (user, conversation, side) => {
      const kept = sidesOf(user).get(conversation) ?? { conversation, activeAt: 0, version: 0 };
      if (side.version > kept.version) sidesOf(user).set(conversation, { ...kept, ...side });
    },
    retitle: async (conversation, { version, title, change }) => {
      const row = rows.get(conversation);
      if (row?.version !== version - 1) return 'refused';
      rows.set(conversation, { ...row, version, change, ...(title !== undefined && { title }) });
      return 'changed';
    },
    hint: async (conversation, seq) => {
      const row = rows.get(conversation);
      if (row) rows.set(conversation, { ...row, headHint: seq });
    },
  };
};
