import type { Entry, Role } from '../../schema/entries.ts';
import type { ConversationId, UserId } from '../../schema/ids.ts';
import { limits } from '../../schema/limits.ts';
import { checkedMs, conversationKeys, signMs, ttlMs, writingMs } from '../redis/keys.ts';
import { type Redis, script } from '../redis/script.ts';
import beginMembersLua from './lua/begin-members.lua';
import confirmLua from './lua/confirm.lua';
import enterLua from './lua/enter.lua';
import fillLua from './lua/fill.lua';
import finishLua from './lua/finish.lua';
import leaveLua from './lua/leave.lua';
import lookLua from './lua/look.lua';
import membersLua from './lua/members.lua';
import presentLua from './lua/present.lua';
import rebuildLua from './lua/rebuild.lua';
import startRebuildLua from './lua/start-rebuild.lua';
import {
  type Conversations,
  type Entered,
  isIn,
  type Look,
  type Member,
  readWord,
  type Told,
  wordOf,
} from './port.ts';

const scripts = {
  enter: script('enter', presentLua + enterLua),
  finish: script('finish', finishLua),
  beginMembers: script('begin-members', beginMembersLua),
  leave: script('leave', leaveLua),
  look: script('look', lookLua),
  members: script('members', presentLua + membersLua),
  confirm: script('confirm', confirmLua),
  fill: script('fill', fillLua),
  startRebuild: script('start-rebuild', startRebuildLua),
  rebuild: script('rebuild', rebuildLua),
};

/** An entry in `recent` begins with sender and key, so that `enter` finds a retry without parsing it. */
const pack = (entry: Entry) => `${entry.from} ${entry.key} ${JSON.stringify(entry)}`;
const unpack = (packed: string): Entry => JSON.parse(packed.slice(packed.indexOf('{')));

const readMembers = (flat: string[]): Member[] => {
  const members: Member[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const [word = '', version] = (flat[i + 1] ?? '').split(':');
    members.push({ user: flat[i] as UserId, ...readWord(word), version: Number(version) });
  }
  return members;
};

const readEntered = (reply: unknown): Entered => {
  const [kind, ...rest] = reply as [Entered['kind'], ...unknown[]];
  if (kind === 'recorded') {
    const [seq, ts] = String(rest[0]).split(' ');
    return { kind, seq: Number(seq), ts: Number(ts) };
  }
  if (kind !== 'entered') return { kind };
  const [seq, ts, patched, activeAt, now, found, looked, members] = rest;
  return {
    kind,
    head: { seq: Number(seq), ts: Number(ts) },
    patched: String(patched),
    activeAt: Number(activeAt),
    now: Number(now),
    looked: looked === 1,
    members: readMembers(members as string[]),
    ...(found !== '' && { found: JSON.parse(String(found)) as Entry }),
  };
};

const readLook = (reply: unknown): Look => {
  const [kind, ...rest] = reply as [Look['kind'], ...unknown[]];
  if (kind !== 'seen') return { kind };
  const [seq, ts, believed, patched, role, recent, writing] = rest;
  return {
    kind,
    head: { seq: Number(seq), ts: Number(ts) },
    believed: believed === 1,
    writing: writing === 1,
    patched: String(patched),
    role: readWord<Role>(String(role).split(':')[0] ?? '').role,
    recent: (recent as string[]).map(unpack),
  };
};

export const redisConversations = (redis: Redis): Conversations => {
  const all = (conversation: ConversationId, sender: UserId, key: string) => {
    const { state, turn, members, record, recent, receipts, writers } = conversationKeys(conversation);
    return [state, turn, members, record(sender, key), recent, receipts, writers];
  };
  return {
    enter: async ({ conversation, sender, key, holder, turn, after, patches }) =>
      readEntered(
        await redis.run(scripts.enter, all(conversation, sender, key), [
          sender,
          key,
          holder,
          turn ? '1' : '0',
          after,
          limits.retryEntries,
          limits.recentEntries,
          ttlMs.turn,
          patches ?? '',
          signMs,
        ]),
      ),

    finish: async ({
      conversation,
      sender,
      key,
      holder,
      base,
      stored,
      recent,
      activeAt,
      patches,
      member,
    }) => {
      const [memory, signed] = (await redis.run(scripts.finish, all(conversation, sender, key), [
        holder,
        base,
        stored.seq,
        stored.ts,
        recent?.patched ?? '',
        recent ? pack(recent.entry) : '',
        recent ? '1' : '0',
        activeAt ?? '',
        ttlMs.record,
        ttlMs.conversation,
        limits.recentEntries,
        patches ?? '',
        member?.user ?? '',
        member ? `${wordOf(member)}:${member.version}` : '',
      ])) as [Told['memory'], number];
      return { memory, signed: signed === 1 };
    },

    beginMembers: async (conversation, holder, denied) => {
      const { state, members, writers } = conversationKeys(conversation);
      const args = [holder, denied?.user ?? '', denied?.version ?? 0, signMs];
      await redis.run(scripts.beginMembers, [state, members, writers], args);
    },

    leave: async (conversation, holder) => {
      const { turn, writers } = conversationKeys(conversation);
      await redis.run(scripts.leave, [turn, writers], [holder]);
    },

    members: async (conversation) => {
      const keys = [conversationKeys(conversation).members];
      return readMembers((await redis.run(scripts.members, keys, [])) as string[]).filter(isIn);
    },

    look: async (conversation, user, entries) => {
      const { state, members, recent, writers } = conversationKeys(conversation);
      const args = [user, entries, checkedMs, signMs, writingMs];
      return readLook(await redis.run(scripts.look, [state, members, recent, writers], args));
    },

    confirm: async (conversation, seq) => {
      await redis.run(scripts.confirm, [conversationKeys(conversation).state], [seq]);
    },

    fill: async (conversation, patched, entries) => {
      const { state, recent } = conversationKeys(conversation);
      const packed = entries.flatMap((entry) => [entry.seq, pack(entry)]);
      const args = [patched, ttlMs.conversation, limits.recentEntries, ...packed];
      return (await redis.run(scripts.fill, [state, recent], args)) === 1;
    },

    startRebuild: async (conversation, token) =>
      String(
        await redis.run(scripts.startRebuild, [conversationKeys(conversation).state], [token, ttlMs.rebuild]),
      ),

    rebuild: async ({ conversation, token, patched, head, members, activeAt }) => {
      const keys = conversationKeys(conversation);
      const packed = members.flatMap((member) => [member.user, `${wordOf(member)}:${member.version}`]);
      const args = [token, head.seq, head.ts, patched, activeAt, ttlMs.conversation, ...packed];
      return (await redis.run(scripts.rebuild, [keys.state, keys.members, keys.recent], args)) === 1;
    },

    drop: async (conversation) => {
      const { state, members, recent, receipts } = conversationKeys(conversation);
      await redis.delete(state, members, recent, receipts);
    },
  };
};
