import { expect } from '@jest/globals';
import { type ChatConversation, connect } from '../../../client/chat.ts';
import type { ConnectionState, ConnectOptions, Entry, ParleyError } from '../../../client/index.ts';
import type { Chat } from '../../../client/types/parley.ts';

/** Where a device's way to the server is broken and mended. */
export type Way = {
  /** All sockets end without a word. */
  cut(): void;
  offline(): void;
  online(): void;
};
export type Device = { options: ConnectOptions; way: Way };

/** Somebody nobody else is. */
export type Person = {
  id: string;
  name: string;
  /** Signs in on another device. */
  device(options?: { tokenSeconds?: number }): Promise<Device>;
  /** Any request of `/v1`, from nowhere in particular and as often as wanted. */
  request<Answer = unknown>(method: string, path: string, body?: object): Promise<Answer>;
};

/** A server under test: the double, or the real one. */
export type Subject = {
  person(): Promise<Person>;
  /** Lets something happen: time passes, or a frame comes. */
  moment(): Promise<void>;
  /** Somebody noticed something. */
  wake(): void;
  /** Asks everybody to come back on another connection. */
  drain(): Promise<void>;
  kick(person: Person): Promise<void>;
  stop(): Promise<void>;
};

/** A connected client, and all that it heard. */
export type Client = {
  parley: Chat;
  device: Device;
  states: ConnectionState[];
  entries: Entry[];
  errors: ParleyError[];
  heard: string[];
  /** A conversation that is looked at. */
  open(id: string): ChatConversation;
  close(): void;
};

const told = [
  'state',
  'entry',
  'receipt',
  'typing',
  'presence',
  'synced',
  'limited',
  'gone',
  'goodbye',
  'error',
] as const;

/** Below the time that a test of the suite has. */
const vainMs = 90_000;

/** What every test of the suite begins with. */
export const stageOf = (subject: Subject) => {
  const clients: Client[] = [];

  const story = () =>
    clients.map(({ parley, states, heard, errors }) => ({
      me: parley.me,
      states,
      heard: heard.join(' '),
      errors: errors.map(String),
    }));

  /** What `look` finds, now or after whatever must happen first; what never happens is told with all that did. */
  const until = async <Found>(look: () => Found | undefined | false): Promise<Found> => {
    const inVain = Promise.withResolvers<never>();
    const cause = new Error('waiting began');
    const late = setTimeout(
      () => inVain.reject(new Error(`in vain: ${look}\n${JSON.stringify(story(), null, 1)}`, { cause })),
      vainMs,
    );
    try {
      for (;;) {
        const found = look();
        if (found) return found;
        await Promise.race([subject.moment(), inVain.promise]);
      }
    } finally {
      clearTimeout(late);
    }
  };

  const begin = (device: Device, more: Partial<ConnectOptions> = {}): Client => {
    const parley = connect({ ...device.options, ...more });
    const client: Client = {
      parley,
      device,
      states: [],
      entries: [],
      errors: [],
      heard: [],
      open: (id) => {
        const conversation = parley.conversation(id);
        conversation.onChange(subject.wake);
        conversation.open();
        return conversation;
      },
      close: parley.close,
    };
    parley.on('state', ({ current }) => client.states.push(current));
    parley.on('entry', (entry) => client.entries.push(entry));
    parley.on('error', (error) => client.errors.push(error));
    for (const name of told) {
      parley.on(name, () => {
        client.heard.push(name);
        subject.wake();
      });
    }
    for (const live of [parley.conversations, parley.presence, parley.users]) live.onChange(subject.wake);
    clients.push(client);
    return client;
  };

  return {
    until,
    begin,
    /** A client that is ready. */
    enter: async (person: Person, more: Partial<ConnectOptions> = {}): Promise<Client> => {
      const client = begin(await person.device(), more);
      await over(client.parley.ready);
      return client;
    },
    /** Waits for a promise of the SDK, while time goes on. */
    over,
    closeAll: () => {
      for (const client of clients.splice(0)) client.close();
    },
  };

  async function over<T>(promise: Promise<T>): Promise<T> {
    let settled: { value: T } | { error: unknown } | undefined;
    promise.then(
      (value) => {
        settled = { value };
        subject.wake();
      },
      (error) => {
        settled = { error };
        subject.wake();
      },
    );
    const found = await until(() => settled);
    if ('error' in found) throw found.error;
    return found.value;
  }
};
export type Stage = ReturnType<typeof stageOf>;

/** Texts of a view, oldest first. */
export const textsIn = (conversation: ChatConversation): string[] =>
  conversation.get().items.flatMap((item) => (item.kind === 'message' ? [item.text] : []));

export const messageIn = (conversation: ChatConversation, text: string) =>
  conversation.get().items.find((item) => item.kind === 'message' && item.text === text) as
    | Extract<ReturnType<ChatConversation['get']>['items'][number], { kind: 'message' }>
    | undefined;

/** What was told of one conversation is its log, each entry once and in order. */
export const expectWhole = (client: Client, conversation: string, from = 1) => {
  const seqs = client.entries.filter((entry) => entry.conversation === conversation).map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, i) => from + i));
};
