import { pause } from '../clock.ts';
import { backoff } from '../connection/backoff.ts';
import type { Ask } from '../connection/link.ts';
import { closed, ParleyError } from '../error.ts';
import type { Clock } from '../types/environment.ts';
import type {
  OutboxDrawer,
  OutboxFrame,
  OutboxRecord,
  OutboxStorage,
  Sending,
  SendingState,
} from '../types/outbox.ts';
import type { ConversationId, Stored, UserId } from '../wire.gen.ts';

/** A frame that is over it costs the connection; some is left for the other fields. */
const mostFrameBytes = 32_000;
/** A fault of the server is not tried for ever. */
const mostFaults = 5;
/** A storage that takes longer is gone on without. */
const storageMs = 5_000;

/** Something unsent, or so freshly stored that its entry is not seen yet. */
export type Unsent = {
  record: OutboxRecord;
  state: SendingState | 'stored';
  error: ParleyError | undefined;
  /** Where it was stored. */
  seq: number | undefined;
};
type Item = Unsent & {
  failures: number;
  saved: Promise<unknown> | undefined;
  sent: PromiseWithResolvers<Stored>;
};

export type OutboxUses = {
  clock: Clock;
  random: () => number;
  newKey: () => string;
  limit: number;
  storage: OutboxStorage | undefined;
  ask: Ask;
  /** Connected, and the heads of the conversations are known. */
  canSend(): boolean;
  headOf(conversation: ConversationId): number;
  /** Looks whether an earlier attempt was stored, where the server cannot tell. */
  find(record: OutboxRecord): Promise<Stored | undefined>;
  onStored(record: OutboxRecord, stored: Stored): void;
  onChange(conversation: ConversationId): void;
  onError(error: ParleyError): void;
};

/** What is unsent: in order per conversation, each with one key over all attempts, kept over reloads. */
export const outbox = (uses: OutboxUses) => {
  const { clock, random, ask, onChange } = uses;
  const items = new Map<string, Item>();
  const busy = new Set<ConversationId>();
  let drawer: OutboxDrawer | undefined;
  let user: UserId = '';
  let order = 0;
  /** The window of sends is one for all conversations. */
  let notBefore = 0;
  let isClosed = false;
  let isLate = false;

  const storageFailed = (cause: unknown) =>
    uses.onError(new ParleyError('storage-failed', 'the storage failed', { cause }));
  /** Nothing waits long for the storage, and nothing at all while it owes an answer. */
  const inTime = (act: () => unknown): Promise<void> =>
    new Promise((resolve) => {
      const late = clock.setTimeout(
        () => {
          if (!isLate) storageFailed(new Error('no answer'));
          isLate = true;
          resolve();
        },
        isLate ? 0 : storageMs,
      );
      void (async () => act())()
        .catch(storageFailed)
        .then(() => {
          isLate = false;
          clock.clearTimeout(late);
          resolve();
        });
    });
  const keep = (act: (drawer: OutboxDrawer) => unknown) => {
    const open = drawer;
    return open && inTime(() => act(open));
  };
  const save = (item: Item) => {
    item.saved = keep((open) => open.put(item.record));
  };
  const of = (conversation: ConversationId) =>
    [...items.values()]
      .filter(({ record }) => record.conversation === conversation)
      // What is claimed from another tab may be older than what is here.
      .sort((one, other) => one.record.order - other.record.order);

  const remove = (item: Item) => {
    items.delete(item.record.key);
    void keep((open) => open.remove(item.record.key));
    onChange(item.record.conversation);
  };
  const fail = (item: Item, error: ParleyError) => {
    item.state = 'failed';
    item.error = error;
    item.record.failed = { code: error.code, message: error.message };
    save(item);
    item.sent.reject(error);
  };
  const store = (item: Item, { key, conversation, seq, ts }: Stored) => {
    const stored = { key, conversation, seq, ts };
    item.state = 'stored';
    item.seq = seq;
    void keep((open) => open.remove(key));
    item.sent.resolve(stored);
    uses.onStored(item.record, stored);
  };

  const refused = async (item: Item, error: ParleyError) => {
    const isFault = error.code === 'internal' && ++item.failures > mostFaults;
    if (error.code === 'retry-too-old') {
      const stored = await uses.find(item.record);
      return stored ? store(item, stored) : fail(item, error);
    }
    if (!error.retryable || isFault) return fail(item, error);
    item.state = 'waiting';
    if (error.code === 'unreachable') return;
    if (error.code === 'rate-limited') notBefore = clock.now() + (error.retryAfterMs ?? 0);
    await pause(clock, backoff(item.failures++, random, error.retryAfterMs));
  };
  const attempt = async (item: Item) => {
    const { record } = item;
    const { action, ...fields } = record.frame;
    const { conversation, key } = record;
    item.state = 'sending';
    if (record.after === undefined) {
      record.after = uses.headOf(conversation);
      save(item);
    }
    onChange(conversation);
    await item.saved;
    await ask(action, { conversation, ...fields, key, after: record.after }).then(
      (stored) => store(item, stored),
      (error) => refused(item, error).catch((cause) => refused(item, cause)),
    );
    onChange(conversation);
  };

  /** Sends what waits, one after the other. */
  const pump = async (conversation: ConversationId) => {
    if (busy.has(conversation)) return;
    busy.add(conversation);
    try {
      for (;;) {
        // One that is `sending` already was left so by what was thrown in the middle.
        const next = of(conversation).find(({ state }) => state === 'waiting' || state === 'sending');
        if (!next || !uses.canSend()) break;
        const tooSoonBy = notBefore - clock.now();
        if (tooSoonBy > 0) await pause(clock, tooSoonBy);
        else await attempt(next);
      }
    } catch (error) {
      uses.onError(error as ParleyError);
    } finally {
      busy.delete(conversation);
    }
  };

  const put = (record: OutboxRecord): Item => {
    const { failed } = record;
    const sent = Promise.withResolvers<Stored>();
    // Who shows the view needs to wait for nothing.
    sent.promise.catch(() => {});
    const item: Item = {
      record,
      state: failed ? 'failed' : 'waiting',
      error: failed && new ParleyError(failed.code as 'internal', failed.message),
      seq: undefined,
      failures: 0,
      saved: undefined,
      sent,
    };
    items.set(record.key, item);
    order = Math.max(order, record.order);
    if (isClosed || item.error) sent.reject(item.error ?? closed());
    return item;
  };

  /** At the limit, what was refused first makes room; throws `outbox-full` where nothing was. */
  const add = (conversation: ConversationId, frame: OutboxFrame): Sending => {
    if (new TextEncoder().encode(JSON.stringify(frame)).length > mostFrameBytes)
      throw new ParleyError('too-large', 'too large', { pointer: '/text' });
    if (items.size >= uses.limit) {
      const refused = [...items.values()].find(({ state }) => state === 'failed');
      if (!refused)
        throw new ParleyError('outbox-full', `${items.size} are unsent`, {
          retryable: true,
        });
      remove(refused);
    }
    const madeAt = clock.now();
    const key = uses.newKey();
    const item = put({
      key,
      user,
      conversation,
      order: Math.max(order + 1, madeAt),
      madeAt,
      after: undefined,
      frame,
    });
    void pump(conversation);
    if (!item.saved) save(item);
    onChange(conversation);
    return handle(item);
  };

  const handle = (item: Item): Sending => ({
    key: item.record.key,
    sent: item.sent.promise,
    cancel: () => {
      const { state, record } = item;
      const isBack = state === 'failed' || (state === 'waiting' && record.after === undefined);
      if (!isBack || !items.has(record.key)) return false;
      remove(item);
      item.sent.reject(new ParleyError('cancelled', 'it was taken back'));
      return true;
    },
    retry: () => {
      const { record, error } = item;
      if (item.state !== 'failed') return handle(item);
      remove(item);
      // Where an earlier attempt cannot be looked for any more, it is a new one.
      if (error?.code === 'retry-too-old' || error?.pointer === '/after')
        return add(record.conversation, record.frame);
      const again = put({ ...record, order: order + 1, failed: undefined });
      save(again);
      onChange(record.conversation);
      void pump(record.conversation);
      return handle(again);
    },
  });

  const pumpAll = () => {
    for (const conversation of new Set([...items.values()].map(({ record }) => record.conversation)))
      void pump(conversation);
  };
  /** Takes over what a closed tab left behind. */
  const claim = () =>
    keep(async (open) => {
      const records = await open.claim();
      for (const record of records) {
        if (!items.has(record.key)) put(record);
        onChange(record.conversation);
      }
      if (records.length > 0) pumpAll();
    });

  return {
    add,
    claim,
    /** Of one conversation, in order. */
    of: (conversation: ConversationId): readonly Unsent[] => of(conversation),
    sending: (key: string) => {
      const item = items.get(key);
      return item && handle(item);
    },
    /** Tries everything that waits. */
    resume: pumpAll,
    /** Its entries are seen: the log shows them from now on. */
    seen: (conversation: ConversationId, head: number) => {
      for (const { seq, record } of of(conversation))
        if (seq !== undefined && seq <= head) items.delete(record.key);
    },
    /** Whose it is. */
    open: async (owner: UserId) => {
      if (user === owner) return;
      user = owner;
      // However late it comes, it is used from then on.
      await inTime(async () => {
        const opened = await uses.storage?.open(owner);
        // Whoever is gone holds nothing back from others.
        if (isClosed) return opened?.close();
        drawer = opened;
        for (const item of items.values()) {
          item.record.user = owner;
          if (item.state !== 'stored') save(item);
        }
        return claim();
      });
    },
    close: () => {
      isClosed = true;
      drawer?.close();
      drawer = undefined;
      for (const { sent } of items.values()) sent.reject(closed());
    },
  };
};
export type Outbox = ReturnType<typeof outbox>;
