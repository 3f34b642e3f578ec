import type { App } from '../../lib/app.ts';
import { conversationKeys } from '../../lib/redis/keys.ts';
import type { Keyspace } from '../../lib/redis/keyspace.ts';
import type { Entry, Role } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';

/** What must hold of a log and its rows, whoever wrote it. */

/** What was joined to an entry, or changed since, is left out: who wrote what kind of entry where, and when. */
export const core = (entry: Entry) => {
  const { type, seq, ts, from, key } = entry;
  return { type, seq, ts, from, key, ...('target' in entry && { target: entry.target }) };
};

/** Copies of a rolled-back keyspace come from another realm: compared by what they say. */
export const isEqual = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** I2: one (sender, key) is stored once. */
export const once = (log: Entry[]): string[] => {
  const seen = new Set<string>();
  return log.flatMap(({ from, key }) => {
    const name = `${from} ${key}`;
    if (seen.has(name)) return [`I2: ${name} is stored twice`];
    seen.add(name);
    return [];
  });
};

/** I3: whatever anybody was shown is what the log says. */
export const same = (log: Entry[], shown: Iterable<Entry>): string[] =>
  [...shown].flatMap((entry) =>
    isEqual(log[entry.seq - 1] && core(log[entry.seq - 1] as Entry), core(entry))
      ? []
      : [`I3: ${entry.key} was shown otherwise at ${entry.seq}`],
  );

/** I4: no gap, in the log and in every page that was served. */
export const gapless = (log: Entry[], pages: Entry[][]): string[] => {
  const wrong = log.findIndex(({ seq }, i) => seq !== i + 1);
  const torn = pages.filter((page) =>
    page.some(({ seq }, i) => i > 0 && seq !== (page[i - 1]?.seq ?? 0) - 1),
  );
  return [
    ...(wrong === -1 ? [] : [`I4: the log has a gap at ${wrong + 1}`]),
    ...torn.map((page) => `I4: a page has a gap: ${page.map(({ seq }) => seq).join(' ')}`),
    ...(log.some(({ ts }, i) => ts < (log[i - 1]?.ts ?? 0)) ? ['I4: time falls along the log'] : []),
  ];
};

type Replayed = { in: boolean; role: Role; version: number };

/** Memberships as the log has them; of several changes the highest version counts. */
const membershipsOf = (log: Entry[]) => {
  const users = new Map<UserId, Replayed>();
  for (const entry of log) {
    if (entry.type === 'conversation.created') {
      const founder = entry.kind === 'direct' ? undefined : entry.from;
      for (const user of entry.members)
        users.set(user, { in: true, role: user === founder ? 'owner' : 'member', version: 1 });
    } else if ('user' in entry && entry.version > (users.get(entry.user)?.version ?? 0)) {
      const { user, version } = entry;
      const role = entry.type === 'member.left' ? 'member' : entry.role;
      users.set(user, { in: entry.type !== 'member.left', role, version });
    }
  }
  return users;
};

/** The rows agree with the log, and no claim is left. */
export const settled = async (
  app: Pick<App, 'members'>,
  conversation: ConversationId,
  log: Entry[],
): Promise<string[]> => {
  const memberships = membershipsOf(log);
  const rows = await app.members.rows(conversation);
  return rows.flatMap(({ user, state, role, version }) => {
    if (state !== 'in' && state !== 'out') return [`members: ${user} is still ${state}`];
    const told = memberships.get(user);
    if ((told?.in ?? false) !== (state === 'in'))
      return [`members: ${user} is ${state} at ${version}, the log says otherwise`];
    return state === 'out' || told?.role === role
      ? []
      : [`members: ${user} is ${role} at ${version}, the log says ${told?.role}`];
  });
};

/** Whether memory would still serve a deleted message with its text. */
const isRemembered = (keys: Keyspace, { conversation, seq }: Entry) => {
  const recent = keys.get<Map<number, Entry>>(conversationKeys(conversation).recent)?.get(seq);
  return recent?.type === 'message.new' && recent.text !== '';
};

/** I10: every change of a message that stands was told, and of a deleted one nothing is left. */
export const changesTold = async (
  { app, keys }: { app: Pick<App, 'messages'>; keys: Keyspace },
  users: Iterable<UserId>,
  conversation: ConversationId,
  log: Entry[],
): Promise<string[]> => {
  const wrong: string[] = [];
  for (const message of log) {
    if (message.type !== 'message.new') continue;
    const told = log.filter((entry) => 'target' in entry && entry.target === message.seq);
    const edited = told.some(({ type }) => type === 'message.edited');
    const deleted = told.some(({ type }) => type === 'message.deleted');
    if (Boolean(message.deleted) !== deleted)
      wrong.push(`I10: ${message.seq} deleted ${message.deleted}, told ${deleted}`);
    if (message.deleted && message.text !== '')
      wrong.push(`I10: the deleted text of ${message.seq} is there`);
    if (message.text.startsWith('edit ') && !edited)
      wrong.push(`I10: an edit of ${message.seq} was never told`);
    if (message.deleted && isRemembered(keys, message)) {
      wrong.push(`I10: Redis still has the deleted ${message.seq}`);
    }
    for (const user of users) {
      const place = { conversation, seq: message.seq, user, emoji: '👍' };
      const reaction = await app.messages.reaction(place);
      const last = told
        .filter((entry) => entry.type === 'message.reacted' && entry.from === user)
        .sort((a, b) => ('version' in a && 'version' in b ? (a.version ?? 0) - (b.version ?? 0) : 0))
        .at(-1);
      const says = last?.type === 'message.reacted' && !last.removed;
      if ((reaction?.present ?? false) !== says)
        wrong.push(`I10: a reaction to ${message.seq} was told otherwise`);
    }
  }
  return wrong;
};
