import type { Ask } from '../connection/link.ts';
import type { Request } from '../http.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Persist } from '../persist.ts';
import type { Conversation, Member } from '../types/conversation.ts';
import type { Clock } from '../types/environment.ts';
import type { Receipts, Stored, UserId } from '../wire.gen.ts';
import type { Held } from './held.ts';
import type { Marker } from './marks.ts';
import { follow, historyOf, pagesOf } from './past.ts';
import { typist } from './typing.ts';

export type ConversationUses = {
  clock: Clock;
  newKey: () => string;
  me(): UserId;
  ask: Ask;
  /** A request that waits out what may pass. */
  patient: Request;
  /** The same, until there is an answer. */
  endless: Request;
  outbox: Outbox;
  marks: Marker;
  persist: Persist;
};

/** What a caller sees of a conversation. */
export const conversationOf = (uses: ConversationUses, held: Held): Conversation => {
  const { clock, newKey, me, ask, patient, endless, outbox, marks, persist } = uses;
  const { id, path, head } = held;
  const typing = typist(clock, ask, id);
  /** Where nothing is held, the key alone: too much may lie above 0 for the server to look through. */
  const retry = () => ({ key: newKey(), after: held.log()?.head() });
  const memberPath = (user: string) => `${path}/members/${encodeURIComponent(user)}`;

  const change = (method: string, at: string, body: object) =>
    patient<Stored>(method, at, { ...body, ...retry() });
  /** By frames: this connection gets the ack alone. */
  const move = async (action: 'join' | 'leave'): Promise<Stored> => {
    const keyed = { conversation: id, ...retry() };
    const { key, seq, ts } = await persist(() => ask(action, keyed));
    if (action === 'leave') held.drop(seq);
    else await held.describe();
    return { key, conversation: id, seq, ts };
  };

  return {
    id,
    send: (text, { replyTo, type } = {}) => {
      typing.sent();
      return outbox.add(id, { action: 'sendMessage', text, replyTo, type });
    },
    edit: (seq, text) => outbox.add(id, { action: 'editMessage', seq, text }),
    delete: (seq) => outbox.add(id, { action: 'deleteMessage', seq }),
    react: (seq, emoji, { remove } = {}) => outbox.add(id, { action: 'react', seq, emoji, remove }),
    sending: outbox.sending,

    markRead: (seq = head()) => {
      const read = Math.min(seq, head());
      if (read < 1) return;
      held.shows()?.receipts([{ user: me(), delivered: read, read }], false);
      marks.mark(id, 'markRead', read);
    },
    typing: typing.tell,

    history: (range = {}) => historyOf(patient, path, range),
    subscribe: (listener, options) => follow(endless, held, listener, options),

    receipts: async (seq) => (await patient<Receipts>('GET', `${path}/receipts?seq=${seq}`)).items,
    members: () => pagesOf<Member>(patient, `${path}/members`, 100),
    add: (user, { role } = {}) => change('POST', `${path}/members`, { user, role }),
    remove: (user) => {
      const { key, after = 0 } = retry();
      return patient('DELETE', `${memberPath(user)}?key=${key}&after=${after}`);
    },
    changeRole: (user, role) => change('PATCH', memberPath(user), { role }),
    rename: (title) => change('PATCH', path, { title }),
    join: () => move('join'),
    leave: () => move('leave'),
  };
};
