import type { Entry } from '../../schema/entries.ts';
import type { ConversationId } from '../../schema/ids.ts';
import { logOf } from '../support/reload.ts';
import { changesTold, core, gapless, isEqual, once, same, settled } from './log.ts';
import { sendWindow } from './stores.ts';
import { messagesEach } from './story.ts';
import { type Client, readAll, type Setting, type World } from './world.ts';

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
  const { count, windowMs } = sendWindow;
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
  const users = new Set(world.clients.map(({ caller }) => caller.user));
  for (const conversation of world.conversations) {
    const log = await logOf(world.app, conversation);
    logs.set(conversation, log);
    const pages = world.pages
      .filter((page) => page.conversation === conversation)
      .map(({ entries }) => entries);
    wrong.push(
      ...once(log),
      ...gapless(log, pages),
      ...same(log, pages.flat()),
      ...kept(world, conversation, log),
      ...(await settled(world.app, conversation, log)),
      ...(await changesTold(world, users, conversation, log)),
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
