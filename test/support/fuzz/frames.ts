import { type Action, actions } from '../../../schema/actions.ts';
import { limits } from '../../../schema/limits.ts';
import type { Random } from './random.ts';

/** Those a story is about. What the server has answered makes later frames meet something. */
export type Cast = { users: string[]; conversations: string[]; tokens: string[]; heads: Map<string, number> };

/** What is sent, and what may come of it. */
export type Fuzzed = {
  data: string | Buffer;
  /** The action whose answers it may have; without one it can only be refused. */
  action?: Action;
  id?: string;
  /** The gateway closes the connection, as the protocol says. */
  closes?: 1003 | 1009;
};

/** Stands in every text and token that is made up here, so that a log can be searched for it. */
export const marker = 'fuzzed-secret';

const strange: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e21,
  Number.MAX_SAFE_INTEGER,
  -Number.MAX_SAFE_INTEGER,
  '',
  ' ',
  '0',
  'null',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  "'; DROP TABLE users; --",
  '{u:x}:connections',
  'a\u0000b',
  'line\nbreak\r\n{"level":"error","event":"forged"}',
  '\ud800',
  '\u202e\u0007👩‍👩‍👧‍👦',
  'u:',
  `u:${'A'.repeat(22)}`,
  `g:${'_'.repeat(22)}`,
  `d:${'-'.repeat(21)}=`,
  'http://169.254.169.254/latest/meta-data/',
  'x'.repeat(65),
  '9'.repeat(400),
  [],
  [[]],
  {},
  { $gt: '' },
  { toString: 1 },
  Array.from({ length: 200 }, () => 'u:AAAAAAAAAAAAAAAAAAAAAA'),
];

const fieldsOf = (random: Random, cast: Cast): Record<Action, () => object> => {
  const conversation = () => random.one(cast.conversations);
  const user = () => random.one(cast.users);
  const text = () =>
    `${marker} ${random.one(['hello', '👍 "quoted" \\ \n', 'é'.repeat(random.between(1, 300))])}`;
  const key = () => `${random.one(['fuzzed-key', 'other-key'])}-${'0'.repeat(8)}${random.between(0, 99)}`;
  const retried = () =>
    random.percent(50) ? { key: key(), ...(random.percent(50) && { after: random.between(0, 60) }) } : {};
  /** Mostly one that exists, and sometimes one far from it. */
  const seqIn = (of: string) =>
    random.percent(90) ? random.between(1, cast.heads.get(of) ?? 1) : random.between(1, 2 ** 40);
  const target = () => {
    const of = conversation();
    return { conversation: of, seq: seqIn(of) };
  };
  return {
    sendMessage: () => ({
      ...(random.percent(80) ? { conversation: conversation() } : { to: user() }),
      text: text(),
      ...(random.percent(20) && { replyTo: random.between(1, 20) }),
      ...(random.percent(20) && { type: 'note' }),
      ...retried(),
    }),
    editMessage: () => ({ ...target(), text: text(), ...retried() }),
    deleteMessage: () => ({ ...target(), ...retried() }),
    react: () => ({
      ...target(),
      emoji: random.one(['👍', '❤️', '👩‍👩‍👧‍👦']),
      ...(random.percent(30) && { remove: true }),
      ...retried(),
    }),
    join: () => ({ conversation: conversation(), ...retried() }),
    leave: () => ({ conversation: conversation(), ...retried() }),
    markDelivered: target,
    markRead: target,
    typing: () => ({ conversation: conversation(), active: random.percent(50) }),
    watchPresence: () => ({ users: Array.from({ length: random.between(0, 20) }, user) }),
    sync: () => ({
      ...(random.percent(40) && { since: random.between(0, 2_000_000_000_000) }),
      ...(random.percent(40) && { inbox: { epoch: 'an-epoch', version: random.between(0, 2 ** 50) } }),
      ...(random.percent(50) && { heads: { [conversation()]: random.between(0, 50) } }),
      ...(random.percent(10) && {
        cursor: Buffer.from(`${marker}${random.between(0, 9)}`).toString('base64url'),
      }),
    }),
    refreshToken: () => ({ token: random.percent(50) ? random.one(cast.tokens) : `${marker}.e30.c2ln` }),
    ping: () => (random.percent(30) ? { every: random.between(60, 600) } : {}),
    help: () => (random.percent(50) ? { topic: random.one(Object.keys(actions)) } : {}),
  };
};

/** These may also come as pushes, which have no id: an answer to them must have one. */
const alsoPushed = new Set<Action>(['markDelivered', 'markRead', 'watchPresence']);

const bent = (random: Random, frame: Record<string, unknown>, action: Action): Record<string, unknown> => {
  const names = Object.keys(frame).filter((name) => name !== 'id' || !alsoPushed.has(action));
  const other = { ...frame };
  switch (random.between(0, 4)) {
    case 0:
      delete other[random.one(names)];
      return other;
    case 1:
      return {
        ...other,
        [random.one(['colour', '__proto__x', '', 'Action', 'to', 'cursor'])]: random.one(strange),
      };
    default:
      return { ...other, [random.one(names)]: random.one(strange) };
  }
};

const raw = (random: Random): string => {
  const depth = random.between(1, 8_000);
  return random.one([
    '',
    ' ',
    '{',
    '[]',
    '"text"',
    '12',
    'nul',
    '{"action":"ping"}{"action":"ping"}',
    '\ufeff{"action":"ping"}',
    '['.repeat(depth),
    `${'['.repeat(depth)}${']'.repeat(depth)}`,
    `{"a":${'{"a":'.repeat(200)}1${'}'.repeat(201)}`,
    '{"__proto__":{"action":"ping"}}',
    '{"constructor":{"prototype":{"action":"ping"}}}',
    '{"action":["ping"]}',
    '{"action":{"toString":"ping"}}',
    '{"action":"$connect"}',
    '{"action":"$default"}',
    '{"action":"__proto__"}',
    String.fromCodePoint(...Array.from({ length: 20 }, () => random.between(0x20, 0xd7ff))),
  ]);
};

/** One frame after the other, as the seed has it. */
export const frames = (random: Random, cast: Cast) => {
  const fields = fieldsOf(random, cast);
  let made = 0;
  return (): Fuzzed => {
    const id = `f${++made}`;
    const action = random.one(Object.keys(actions) as Action[]);
    const whole: Record<string, unknown> = { action, id, ...fields[action]() };
    const chance = random.between(1, 1_000);
    if (chance <= 2) return { data: Buffer.from([0, 1, 2, random.between(0, 255)]), closes: 1003 };
    if (chance <= 4) return { data: ' '.repeat(limits.frameBytes + random.between(1, 5_000)), closes: 1009 };
    if (chance <= 20) {
      const filler = 'x'.repeat(random.between(limits.textBytes - 50, limits.frameBytes - 600));
      return { data: JSON.stringify({ ...whole, text: filler }), action, id };
    }
    if (chance <= 120) return { data: raw(random) };
    if (chance <= 450) {
      const broken = bent(random, whole, action);
      // A string is echoed, whatever it is: it must be that of one frame.
      if (typeof broken.id === 'string' && broken.id !== id && broken.id.length < 50) broken.id += `#${id}`;
      const echoed = typeof broken.id === 'string' && broken.id.length <= limits.frameIdCharacters;
      return {
        data: JSON.stringify(broken),
        ...(broken.action === action && { action }),
        ...(echoed && { id: broken.id as string }),
      };
    }
    return { data: JSON.stringify(whole), action, id };
  };
};
