import { conversationKeys } from '../../lib/redis/keys.ts';
import type { Entry } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import { messagesEach } from './story.ts';
import { type Client, readAll, type Setting, type World } from './world.ts';

/** What was joined to an entry, or changed since, is left out: who wrote what kind of entry where, and when. */
const core = (entry: Entry) => {
  const { type, seq, ts, from, key } = entry;
  return { type, seq, ts, from, key, ...('target' in entry && { target: entry.target }) };
};

/** Copies of a rolled-back keyspace come from another realm: compared by what they say. */
const isEqual = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** The log itself, beside what the actions make of it. */
const logOf = async ({ app }: World, conversation: ConversationId): Promise<Entry[]> => {
  const whole = { low: 1, high: Number.MAX_SAFE_INTEGER, limit: 100_000, order: 'up' as const };
  return app.messages.range(conversation, whole);
};

const isMember = async ({ app }: World, { caller }: Client, conversation: ConversationId) =>
  (await app.members.member(conversation, caller.user)) !== undefined;

/** A message as everybody is to see it now. */
const shownAs = (entry: Entry) =>
  entry.type === 'message.new' ? { ...core(entry), text: entry.text, deleted: entry.deleted } : core(entry);

/** I1: an acked entry is in the log, where the ack said. */
const acked = (logs: Map<ConversationId, Entry[]>, clients: Client[]): string[] =>
  clients.flatMap(({ acks }) =>
    acks.flatMap(({ conversation, key, seq, text }) => {
      const entry = logs.get(conversation)?.[seq - 1];
      const changed = entry?.type === 'message.new' && entry.version !== undefined;
      const right = entry?.type === 'message.new' && entry.key === key && (changed || entry.text === text);
      return right ? [] : [`I1: acked ${key} is not at ${seq}`];
    }),
  );

/** I2: one (sender, key) is stored once. */
const once = (log: Entry[]): string[] => {
  const seen = new Set<string>();
  return log.flatMap(({ from, key }) => {
    const name = `${from} ${key}`;
    if (seen.has(name)) return [`I2: ${name} is stored twice`];
    seen.add(name);
    return [];
  });
};

/** I3: whatever anybody was shown is what the log says. */
const same = (log: Entry[], shown: Iterable<Entry>): string[] =>
  [...shown].flatMap((entry) =>
    isEqual(log[entry.seq - 1] && core(log[entry.seq - 1] as Entry), core(entry))
      ? []
      : [`I3: ${entry.key} was shown otherwise at ${entry.seq}`],
  );

/** I4: no gap, in the log and in every page that was served. */
const gapless = (log: Entry[], pages: Entry[][]): string[] => {
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

/** I5: who missed the push of an acked entry notices by the versions of the inbox, or by a gap in the numbers. */
const reached = async (
  world: World,
  client: Client,
  conversation: ConversationId,
  log: Entry[],
): Promise<string[]> => {
  const { user } = client.caller;
  const newest = Math.max(0, ...(await world.app.connections.changes(user, 0)).changed.values());
  const versions = new Map(client.inboxes.map(({ prev, version }) => [version, prev]));
  // Back from the newest version by what each frame said came before it.
  let at = newest;
  while (at > 0) {
    const prev = versions.get(at);
    if (prev === undefined) return [];
    at = prev;
  }
  // Below the highest number she has seen, a missing one shows by itself.
  const acks = (of: Client[]) =>
    of.flatMap((one) => one.acks.filter((ack) => ack.conversation === conversation));
  const own = acks([client]).map(({ seq }) => seq);
  const highest = Math.max(0, ...own, ...(client.seen.get(conversation)?.keys() ?? []));
  const missed = acks(world.clients).filter(({ seq }) => seq > highest && seq <= log.length);
  return missed.length === 0
    ? []
    : [`I5: ${client.caller.connection} misses ${missed.map(({ seq }) => seq)} unaware`];
};

type Replayed = { in: boolean; version: number };

/** Memberships as the log has them; of several changes the highest version counts. */
const membershipsOf = (log: Entry[]) => {
  const users = new Map<UserId, Replayed>();
  for (const entry of log) {
    if (entry.type === 'conversation.created') {
      for (const user of entry.members) users.set(user, { in: true, version: 1 });
    } else if ('user' in entry && entry.version > (users.get(entry.user)?.version ?? 0)) {
      users.set(entry.user, { in: entry.type !== 'member.left', version: entry.version });
    }
  }
  return users;
};

/** The rows agree with the log, and no claim is left. */
const settled = async ({ app }: World, conversation: ConversationId, log: Entry[]): Promise<string[]> => {
  const memberships = membershipsOf(log);
  const rows = await app.members.rows(conversation);
  return rows.flatMap(({ user, state, version }) => {
    if (state !== 'in' && state !== 'out') return [`members: ${user} is still ${state}`];
    const told = memberships.get(user)?.in ?? false;
    return told === (state === 'in')
      ? []
      : [`members: ${user} is ${state} at ${version}, the log says otherwise`];
  });
};

/** Whether memory would still serve a deleted message with its text. */
const isRemembered = ({ keys }: World, { conversation, seq }: Entry) => {
  const recent = keys.get<Map<number, Entry>>(conversationKeys(conversation).recent)?.get(seq);
  return recent?.type === 'message.new' && recent.text !== '';
};

/** I10: every change of a message that stands was told, and of a deleted one nothing is left. */
const changesTold = async (world: World, conversation: ConversationId, log: Entry[]): Promise<string[]> => {
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
    if (message.deleted && isRemembered(world, message)) {
      wrong.push(`I10: Redis still has the deleted ${message.seq}`);
    }
    for (const client of world.clients) {
      const user = client.caller.user;
      const place = { conversation, seq: message.seq, user, emoji: '👍' };
      const reaction = await world.app.messages.reaction(place);
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

/** Acked changes are where the ack said. */
const changesKept = (logs: Map<ConversationId, Entry[]>, clients: Client[]): string[] =>
  clients.flatMap(({ changes }) =>
    changes.flatMap(({ conversation, key, seq }) =>
      logs.get(conversation)?.[seq - 1]?.key === key ? [] : [`I1: the acked change ${key} is not at ${seq}`],
    ),
  );

/** I8: nothing above the seq of a removal reaches the one removed, by push or by page. */
const kept = ({ clients, pages }: World, conversation: ConversationId, log: Entry[]): string[] =>
  clients.flatMap(({ caller: { user, connection }, seen }) => {
    const removal = log.find((entry) => entry.type === 'member.left' && entry.user === user)?.seq;
    const back = log.find((entry) => entry.type === 'member.joined' && entry.user === user);
    if (removal === undefined || back) return [];
    const read = pages.filter((page) => page.reader === user && page.conversation === conversation);
    const shown = [...(seen.get(conversation)?.values() ?? []), ...read.flatMap(({ entries }) => entries)];
    const over = shown.filter(({ seq }) => seq > removal);
    return over.length === 0
      ? []
      : [`I8: ${connection}, removed at ${removal}, was shown ${over.map(({ seq }) => seq)}`];
  });

/** I9: never more than N accepted in a window; a loss of Redis admits N more. */
const limited = ({ accepted, losses }: World): string[] => {
  const { count, windowMs } = { count: 5, windowMs: 1_000 };
  return [...accepted].flatMap(([user, times]) => {
    const sorted = [...times].sort((a, b) => a - b);
    const over = sorted.some((from) => {
      const within = sorted.filter((time) => time >= from && time < from + windowMs).length;
      const lost = losses.filter((time) => time >= from - windowMs && time < from + windowMs).length;
      return within > count * (1 + lost);
    });
    return over ? [`I9: ${user} sent too many in a window`] : [];
  });
};

/** I13: with Redis away from the first to the last, everything was sent. */
const allSent = (clients: Client[]): string[] =>
  clients
    .filter(({ acks }) => new Set(acks.map(({ key }) => key)).size < messagesEach)
    .map(({ caller, acks }) => `I13: ${caller.connection} has ${acks.length} acks`);

/** Everything that must hold once all is quiet. An empty list is a pass. */
export const check = async (world: World, { loss }: Setting): Promise<string[]> => {
  const wrong = [...limited(world), ...(loss === 'away' ? allSent(world.clients) : [])];
  const logs = new Map<ConversationId, Entry[]>();
  for (const conversation of world.conversations) {
    const log = await logOf(world, conversation);
    logs.set(conversation, log);
    const pages = world.pages
      .filter((page) => page.conversation === conversation)
      .map(({ entries }) => entries);
    wrong.push(
      ...once(log),
      ...gapless(log, pages),
      ...same(log, pages.flat()),
      ...kept(world, conversation, log),
      ...(await settled(world, conversation, log)),
      ...(await changesTold(world, conversation, log)),
    );
    for (const client of world.clients) {
      if (!(await isMember(world, client, conversation)) || log.length === 0) continue;
      wrong.push(...same(log, client.seen.get(conversation)?.values() ?? []));
      // A memory that went back may be believed for 60 s; what it forgot was marked before.
      if (loss === 'rollback') {
        await world.scheduler.run(world.scheduler.now() + 61_000);
      } else if (loss !== 'wipe') {
        wrong.push(...(await reached(world, client, conversation, log)));
      }
      const ackedSeqs = world.clients.flatMap(({ acks }) =>
        acks.filter((ack) => ack.conversation === conversation),
      );
      const read = await readAll(world, client, conversation);
      const head = Math.max(1, ...ackedSeqs.map(({ seq }) => seq));
      const due = log.slice(0, Math.max(read.length, head));
      if (!isEqual(read.map(shownAs), due.map(shownAs))) {
        wrong.push(
          `I1: ${client.caller.user} reads ${read.length} of ${log.length} entries, acked up to ${head}`,
        );
      }
    }
  }
  return [...wrong, ...acked(logs, world.clients), ...changesKept(logs, world.clients)];
};
