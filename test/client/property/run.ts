import { expect } from '@jest/globals';
import { type ChatConversation, connect, memoryStorage } from '../../../client/chat.ts';
import type { OutboxStorage, ParleyError, Sending } from '../../../client/index.ts';
import { createTestServer, type DeviceOptions, type Fate } from '../../../client/testing/index.ts';
import type { Chat } from '../../../client/types/parley.ts';
import type { Conversation, Entry, EntryPage, Receipts } from '../../../client/wire.gen.ts';
import type { Step } from './steps.ts';

/** What is changed on purpose, to see that it is noticed. */
export type Mutation = {
  options?: (options: DeviceOptions) => DeviceOptions;
  storage?: (storage: OutboxStorage) => OutboxStorage;
};

type Tab = { parley: Chat; views: ChatConversation[]; entries: Entry[]; subscribed: number[] };

/** Refusals of what may well be refused: somebody was faster. */
const expected = new Set(['message-deleted', 'conflict', 'forbidden', 'not-found', 'closed', 'cancelled']);

/** Ann has two tabs on one device; bob writes to the same group and decides who is in another one. */
const stage = async ({ options: changed = (same) => same, storage: kept = (same) => same }: Mutation) => {
  const server = createTestServer({ sendsPerSecond: 5 });
  const [ann, bob] = [server.user('ann'), server.user('bob')];
  const places = [server.group('both', bob, ann), server.group('sometimes', bob, ann)] as const;
  const device = ann.device();
  const options = changed(device.options);
  const storage = kept(memoryStorage());
  const sendings: Sending[] = [];
  const refused = new Map<string, string>();

  const openTab = (): Tab => {
    const parley = connect({ ...options, user: ann.id, storage, heartbeat: 10 });
    const entries: Entry[] = [];
    parley.on('entry', (entry) => entries.push(entry));
    // Who is in again reads it anew.
    parley.on('gone', ({ conversation }) => {
      for (const entry of [...entries])
        if (entry.conversation === conversation) entries.splice(entries.indexOf(entry), 1);
    });
    const views = places.map((id) => {
      const conversation = parley.conversation(id);
      conversation.open();
      return conversation;
    });
    const subscribed: number[] = [];
    views[0]?.subscribe(({ seq }) => subscribed.push(seq), { after: 0 });
    return { parley, entries, views, subscribed };
  };
  const tabs = [openTab(), openTab()];
  await server.clock.advance(100);

  const send = (sending: Sending) => {
    sendings.push(sending);
    sending.sent.catch((error: ParleyError) => refused.set(sending.key, error.code));
  };
  return { server, ann, bob, places, device, tabs, openTab, send, sendings, refused };
};
type Stage = Awaited<ReturnType<typeof stage>>;

const pick = (log: Entry[], index: number, from?: string) => {
  const messages = log.filter((entry) => entry.type === 'message.new' && (!from || entry.from === from));
  return messages[index % Math.max(1, messages.length)]?.seq ?? 1;
};
const unlessRefused = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    if (!expected.has((error as ParleyError).code)) throw error;
  }
};

const play = async (staged: Stage, one: Step, said: { count: number }) => {
  const { server, ann, bob, places, device, tabs, openTab, send } = staged;
  const { line } = device;
  const text = () => `text ${++said.count}`;
  switch (one.kind) {
    case 'theySay':
      for (let i = 0; i < one.times; i++) bob.say(places[one.where] as string, text());
      return;
    case 'theyChange': {
      const conversation = places[one.where] as string;
      const seq = pick(server.log(conversation), one.index, one.how === 'react' ? undefined : bob.id);
      const target = { conversation, seq };
      return unlessRefused(() => {
        if (one.how === 'edit') bob.ask({ action: 'editMessage', ...target, text: text() });
        else if (one.how === 'delete') bob.ask({ action: 'deleteMessage', ...target });
        else bob.ask({ action: 'react', ...target, emoji: one.emoji, remove: one.index % 3 === 0 });
      });
    }
    case 'membership': {
      const path = `/v1/conversations/${places[1]}/members`;
      return unlessRefused(() =>
        one.inside ? bob.request('POST', path, { user: ann.id }) : bob.request('DELETE', `${path}/${ann.id}`),
      );
    }
    case 'send':
      for (let i = 0; i < one.times; i++)
        send((tabs[one.tab] as Tab).parley.conversation(places[0]).send(text()));
      return;
    case 'change': {
      const conversation = (tabs[one.tab] as Tab).parley.conversation(places[0]);
      const seq = pick(server.log(places[0]), one.index, one.how === 'react' ? undefined : ann.id);
      if (one.how === 'edit') return send(conversation.edit(seq, text()));
      if (one.how === 'delete') return send(conversation.delete(seq));
      return send(conversation.react(seq, one.emoji, { remove: one.index % 3 === 0 }));
    }
    case 'read':
      return (tabs[one.tab] as Tab).views[one.where]?.markRead();
    case 'theyRead': {
      const conversation = places[one.where] as string;
      const seq = 1 + (one.index % server.log(conversation).length);
      return unlessRefused(() => bob.ask({ action: 'markRead', conversation, seq }));
    }
    case 'cut':
      return line.cut({ told: one.told });
    case 'network':
      return one.there ? line.online() : line.offline();
    case 'silence':
      return line.silence();
    case 'refuse':
      return line.refuse(one.times);
    case 'goodbye':
      return server.goodbye(one.code as 'lifetime', { afterMs: 300 });
    case 'restart':
      return server.restart({ downMs: one.downMs });
    case 'forget':
      return server.forget();
    case 'expire':
      return device.expire();
    case 'fates': {
      const left: Fate[] = [...one.fates];
      return server.interfere(() => left.shift());
    }
    case 'faults': {
      const { kind: _, ...faults } = one;
      return line.set(faults);
    }
    case 'reload':
      (tabs[one.tab] as Tab).parley.close();
      tabs[one.tab] = openTab();
      return;
    case 'pass':
      return server.clock.advance(one.ms);
  }
};

/** Everything works again, and has had the time to come round: on the connection that is there, or on the next. */
const heal = async ({ server, device }: Stage) => {
  server.interfere(undefined);
  device.line.set({ delayMs: [0, 0], reorder: false, duplicate: 0, lose: 0 });
  device.line.refuse(0);
  device.line.online();
  await server.clock.advance(120_000);
};

/** What a closed tab left behind is claimed by the next connection. */
const reconnect = async ({ server, device }: Stage) => {
  device.line.cut();
  await server.clock.advance(120_000);
};

/** What a full reload gives, oldest first. */
const truthOf = ({ ann }: Stage, id: string) => {
  const entries: Entry[] = [];
  let query = 'limit=100';
  for (let next: string | undefined = ''; next !== undefined; query = `limit=100&cursor=${next}`) {
    const page = ann.request<EntryPage>('GET', `/v1/conversations/${id}/messages?${query}`);
    entries.push(...page.items);
    next = page.next;
  }
  return entries.reverse().map((entry) => {
    if (entry.type !== 'message.new') return { seq: entry.seq, type: entry.type };
    const { seq, text, deleted = false, reactions = {} } = entry;
    return {
      seq,
      text,
      deleted,
      reactions: Object.entries(reactions)
        .map(([put, users]) => `${put} ${users.sort()}`)
        .sort(),
    };
  });
};

const shownBy = (view: ChatConversation) =>
  view.get().items.map((item) => {
    if (item.kind === 'notice') return { seq: item.seq, type: item.entry.type };
    const { seq, text, deleted, reactions } = item;
    return {
      seq,
      text,
      deleted,
      reactions: reactions.map(({ emoji, users }) => `${emoji} ${[...users].sort()}`).sort(),
    };
  });

const checkTab = async (staged: Stage, { parley, views, entries, subscribed }: Tab, isFresh: boolean) => {
  expect(parley.state).toBe('connected');
  const { server, ann, bob, places } = staged;
  expect(subscribed).toEqual(server.log(places[0]).map(({ seq }) => seq));
  for (const [i, view] of views.entries()) {
    const id = places[i] as string;
    const isIn =
      server.log(id).findLast((entry) => 'user' in entry && entry.user === ann.id)?.type !== 'member.left';
    if (!isIn) {
      expect(view.get().items.filter(({ seq }) => seq !== undefined)).toEqual([]);
      continue;
    }
    const truth = truthOf(staged, id);
    for (let pages = 0; view.get().hasOlder && pages < 50; pages++) {
      void view.loadOlder();
      await server.clock.advance(100);
    }
    expect(shownBy(view)).toEqual(truth);
    const { head, unread } = ann.request<Conversation>('GET', `/v1/conversations/${id}`);
    expect(view.get().head).toBe(head);
    // The server counts among the newest; a client that holds more may know better.
    if (unread.more) expect(view.get().unread.count).toBeGreaterThanOrEqual(unread.count);
    else expect(view.get().unread).toEqual(unread);
    // What is told, is told once and in order.
    const told = entries.filter(({ conversation }) => conversation === id).map(({ seq }) => seq);
    expect(told).toEqual([...new Set(told)].sort((one, other) => one - other));
    // An opening that failed is tried again by the next connection.
    if (!isFresh) continue;
    const { items } = ann.request<Receipts>('GET', `/v1/conversations/${id}/receipts`);
    const theirs = items.find(({ user }) => user === bob.id);
    expect(view.get().receipts.get(bob.id)?.read ?? 0).toBe(theirs?.read ?? 0);
  }
};

const checkSends = ({ server, places, sendings, refused, ann }: Stage) => {
  const stored = server.log(places[0]).filter(({ from }) => from === ann.id);
  const times = new Map<string, number>();
  for (const { key } of stored) times.set(key, (times.get(key) ?? 0) + 1);
  expect([...times].filter(([, count]) => count > 1)).toEqual([]);
  for (const { key } of sendings) {
    const code = refused.get(key);
    if (code !== undefined && code !== 'closed') expect(expected).toContain(code);
  }
  const isRefused = (key: string) => refused.has(key) && refused.get(key) !== 'closed';
  const missing = sendings.filter(({ key }) => !times.has(key) && !isRefused(key)).map(({ key }) => key);
  return missing;
};

/** Plays what happens, lets everything heal, and compares what each tab shows with what the server has. */
export const run = async (steps: Step[], mutation: Mutation = {}): Promise<void> => {
  const staged = await stage(mutation);
  const said = { count: 0 };
  try {
    for (const one of steps) {
      await play(staged, one, said);
      await staged.server.clock.settle();
    }
    await heal(staged);
    for (const tab of staged.tabs) await checkTab(staged, tab, false);
    await reconnect(staged);
    for (const tab of staged.tabs) await checkTab(staged, tab, true);
    // A change that a reload left behind may be refused in the next tab, where its first handle does not hear of it.
    const sends = staged.sendings.length;
    const missing = checkSends(staged);
    const failed = staged.tabs.flatMap(({ parley }) =>
      missing.filter((key) => parley.conversation(staged.places[0]).sending(key)),
    );
    expect({ sends, missing: missing.filter((key) => !failed.includes(key)) }).toEqual({
      sends,
      missing: [],
    });
  } finally {
    for (const { parley } of staged.tabs) parley.close();
    staged.server.stop();
  }
};
