import type { Entry } from '../../schema/entries.ts';
import type { UserId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import type { Clock } from '../clock.ts';
import { checkedMs, conversationKeys, signMs, ttlMs, writingMs } from '../redis/keys.ts';
import type { Keyspace } from '../redis/keyspace.ts';
import { type Conversations, type Head, isIn, type Member } from './port.ts';
import { writersOf } from './writers-memory.ts';

type State = Partial<Head> & {
  patched?: string;
  activeAt?: number;
  checked?: number;
  rebuild?: string | undefined;
};
type Known = Map<UserId, Member>;

/** Newest entries by seq, as many as a conversation keeps. */
const trimmed = (recent: Map<number, Entry>) =>
  new Map([...recent].sort(([a], [b]) => b - a).slice(0, limits.recentEntries));

export const memoryConversations = ({ keys, clock }: { keys: Keyspace; clock: Clock }): Conversations => {
  const open = (conversation: Parameters<typeof conversationKeys>[0]) => {
    const names = conversationKeys(conversation);
    const raise = (changed: State, forMs: number = ttlMs.conversation) =>
      keys.set(names.state, { ...keys.get<State>(names.state), ...changed }, forMs);
    return {
      names,
      state: keys.get<State>(names.state),
      writers: writersOf({ keys, clock }, conversation),
      members: keys.get<Known>(names.members),
      recent: keys.get<Map<number, Entry>>(names.recent) ?? new Map<number, Entry>(),
      raise,
      renew: (patched: string | undefined) => {
        if (patched === undefined) return;
        keys.delete(names.recent);
        raise({ patched });
      },
    };
  };
  const standing = (state: State | undefined): state is State & Head => state?.seq !== undefined;
  const forget = ({ state, members, recent, receipts }: ReturnType<typeof conversationKeys>) =>
    keys.delete(state, members, recent, receipts);

  return {
    enter: async ({ conversation, sender, key, holder, turn, after, patches }) => {
      const { names, state, writers, members, recent, renew } = open(conversation);
      const record = keys.get<Head>(names.record(sender, key));
      if (record) return { kind: 'recorded', ...record };
      if (!standing(state) || !members) return { kind: 'missing' };
      const member = members.get(sender);
      if (!member || !isIn(member)) return { kind: 'stranger' };

      const head = { seq: state.seq, ts: state.ts };
      const newest = Math.max(0, head.seq - limits.recentEntries);
      const from = after === 'nowhere' ? head.seq : after === 'newest' ? newest : after;
      if (from > head.seq) return { kind: 'behind' };
      if (head.seq - from > limits.retryEntries) return { kind: 'too-old' };

      if (turn) {
        const writer = keys.get<string>(names.turn);
        if (writer !== undefined && writer !== holder) return { kind: 'busy' };
        keys.set(names.turn, holder, ttlMs.turn);
      }
      writers.sign(holder);
      const above = [...recent.values()].filter(({ seq }) => seq > from && seq <= head.seq);
      const found = above.find((entry) => entry.from === sender && entry.key === key);
      renew(patches);
      return {
        kind: 'entered',
        head,
        members: [...members.values()].filter(({ role }) => role !== 'out'),
        patched: patches ?? state.patched ?? '',
        now: clock.now(),
        activeAt: state.activeAt ?? 0,
        looked: above.length === head.seq - from,
        ...(found && { found }),
      };
    },

    finish: async ({ conversation, sender, key, holder, base, stored, ...told }) => {
      const { recent: fresh, activeAt, patches, member } = told;
      const { names, state, writers, members, recent, raise, renew } = open(conversation);
      keys.set(names.record(sender, key), stored, ttlMs.record);
      if (keys.get(names.turn) === holder) keys.delete(names.turn);
      const signed = writers.erase(holder);
      if (!standing(state)) {
        keys.delete(names.state);
        return { memory: 'absent', signed };
      }
      if (state.seq < base) {
        forget(names);
        return { memory: 'dropped', signed };
      }
      renew(patches);
      if (member) {
        raise({ rebuild: undefined });
        if (members && member.version > (members.get(member.user)?.version ?? -1)) {
          keys.set(names.members, new Map(members).set(member.user, member), ttlMs.conversation);
        }
      }
      if (stored.seq > state.seq) raise({ seq: stored.seq, ts: stored.ts });
      if (fresh && stored.seq >= state.seq) raise({ checked: clock.now() });
      if (fresh && fresh.patched === state.patched) {
        keys.set(names.recent, trimmed(new Map(recent).set(stored.seq, fresh.entry)), ttlMs.conversation);
      }
      if (activeAt !== undefined) raise({ activeAt });
      return { memory: 'raised', signed };
    },

    beginMembers: async (conversation, holder, denied) => {
      const { names, state, writers, members, raise } = open(conversation);
      if (standing(state)) raise({ rebuild: undefined });
      else keys.delete(names.state);
      writers.sign(holder);
      if (denied && members && denied.version > (members.get(denied.user)?.version ?? -1)) {
        const out: Member = { ...denied, role: 'out' };
        keys.set(names.members, new Map(members).set(denied.user, out), ttlMs.conversation);
      }
    },

    leave: async (conversation, holder) => {
      const { names, writers } = open(conversation);
      if (keys.get(names.turn) === holder) keys.delete(names.turn);
      writers.erase(holder);
    },

    members: async (conversation) => [...(open(conversation).members?.values() ?? [])].filter(isIn),

    look: async (conversation, user, entries) => {
      const { state, members, recent, writers } = open(conversation);
      if (!standing(state) || !members) return { kind: 'missing' };
      const member = members.get(user);
      if (!member || !isIn(member)) return { kind: 'stranger' };
      const contiguous: Entry[] = [];
      for (let seq = state.seq; contiguous.length < entries; seq--) {
        const entry = recent.get(seq);
        if (!entry) break;
        contiguous.push(entry);
      }
      return {
        kind: 'seen',
        head: { seq: state.seq, ts: state.ts },
        believed: !writers.within(signMs) && clock.now() - (state.checked ?? 0) <= checkedMs,
        writing: writers.within(writingMs),
        patched: state.patched ?? '',
        role: member.role,
        recent: contiguous,
      };
    },

    confirm: async (conversation, seq) => {
      const { state, raise } = open(conversation);
      if (state?.seq === seq) raise({ checked: clock.now() });
    },

    fill: async (conversation, patched, entries) => {
      const { names, state, recent } = open(conversation);
      if (state?.patched !== patched) return false;
      const filled = new Map(recent);
      for (const entry of entries) filled.set(entry.seq, entry);
      keys.set(names.recent, trimmed(filled), ttlMs.conversation);
      return true;
    },

    startRebuild: async (conversation, token) => {
      const { state, raise } = open(conversation);
      const standingToken = state?.rebuild ?? `${token} ${clock.now()}`;
      raise({ rebuild: standingToken }, standing(state) ? ttlMs.conversation : ttlMs.rebuild);
      return standingToken;
    },

    rebuild: async ({ conversation, token, patched, head, members, activeAt }) => {
      const { names, state, members: known } = open(conversation);
      if (state?.rebuild !== token) return false;
      const { rebuild: _, ...kept } = state;
      // Nobody knows whether entries that outlived the state were changed since.
      if (kept.patched === undefined) keys.delete(names.recent);
      keys.set(
        names.state,
        {
          ...kept,
          ...(standing(kept) && kept.seq > head.seq ? {} : head),
          patched: kept.patched ?? patched,
          activeAt: Math.max(kept.activeAt ?? 0, activeAt),
          checked: clock.now(),
        },
        ttlMs.conversation,
      );
      const merged = new Map(known);
      for (const member of members) {
        if (member.version > (merged.get(member.user)?.version ?? -1)) merged.set(member.user, member);
      }
      keys.set(names.members, merged, ttlMs.conversation);
      return true;
    },

    drop: async (conversation) => forget(conversationKeys(conversation)),
  };
};
