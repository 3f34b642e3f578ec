import type { Action } from './asked.ts';
import { limits } from './limits.ts';
import { Refusal } from './refusal.ts';

/** What is wrong with a value: nothing, its form, or its size. */
type Wrong = undefined | 'form' | 'size';
type Check = (value: unknown) => Wrong;
export type Fields = Record<string, { check: Check; required?: true }>;

const form =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? undefined : 'form';
const whole =
  (low: number, high = Number.MAX_SAFE_INTEGER): Check =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= low && Number(value) <= high ? undefined : 'form';
const upTo =
  (characters: number): Check =>
  (value) =>
    typeof value !== 'string' ? 'form' : value.length > characters ? 'size' : undefined;
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'form');

/** A short line, counted in characters. */
export const line =
  (characters: number): Check =>
  (value) =>
    value === '' ? 'form' : (upTo(characters)(value) ?? form(/^[^\p{Cc}\p{Cs}]+$/u)(value));

const bytesOf = (value: string) => new TextEncoder().encode(value).length;

/** Text that people wrote, counted in bytes as JSON writes it. */
const text: Check = (value) => {
  if (typeof value !== 'string' || value === '') return 'form';
  if (value.length > limits.textBytes || bytesOf(JSON.stringify(value)) - 2 > limits.textBytes) return 'size';
  return /\p{Cs}/u.test(value) ? 'form' : undefined;
};

export const user = form(/^u:[A-Za-z0-9_-]{22}$/);
const conversation = form(/^[dg]:[A-Za-z0-9_-]{22}$/);
const key = form(/^[A-Za-z0-9_-]{16,64}$/);
export const seq = whole(1);
const count = whole(0);

export const users =
  (most: number): Check =>
  (value) => {
    if (!Array.isArray(value)) return 'form';
    return value.length > most ? 'size' : value.map(user).find(Boolean);
  };
export const choice =
  (...values: string[]): Check =>
  (value) =>
    values.includes(String(value)) ? undefined : 'form';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const inbox: Check = (value) =>
  isObject(value) && typeof value.epoch === 'string' ? count(value.version) : 'form';
const heads: Check = (value) =>
  isObject(value)
    ? Object.entries(value).flatMap(([id, head]) => conversation(id) ?? count(head) ?? [])[0]
    : 'form';

export const required = (check: Check) => ({ check, required: true as const });
export const optional = (check: Check) => ({ check });

export const retry = { key: optional(key), after: optional(count) };
export const message = {
  text: required(text),
  type: optional(line(limits.messageTypeCharacters)),
  replyTo: optional(seq),
  ...retry,
};
const target = { conversation: required(conversation), seq: required(seq) };
export const position = {
  inbox: optional(inbox),
  since: optional(count),
  heads: optional(heads),
  cursor: optional(upTo(512)),
};

/** What each action takes, beside `action` and `id`. */
export const frames: Record<Action, Fields> = {
  sendMessage: { conversation: optional(conversation), to: optional(user), ...message },
  editMessage: { ...target, ...retry, text: required(text) },
  deleteMessage: { ...target, ...retry },
  react: { ...target, ...retry, emoji: required(line(limits.emojiCharacters)), remove: optional(flag) },
  join: { conversation: required(conversation), ...retry },
  leave: { conversation: required(conversation), ...retry },
  markDelivered: target,
  markRead: target,
  typing: { conversation: required(conversation), active: required(flag) },
  watchPresence: { users: required(users(limits.watchedUsers)) },
  sync: position,
  refreshToken: { token: required(line(8_192)) },
  ping: { every: optional(whole(1, 600)) },
  help: { topic: optional(upTo(64)) },
};

const refuse = (name: string, wrong: 'form' | 'size'): never => {
  throw new Refusal(wrong === 'size' ? 'too-large' : 'bad-request', `/${name} is wrong`, {
    pointer: `/${name}`,
  });
};

/** Refuses what has a wrong field, an unknown one, or lacks one; names the first. */
export const check = (fields: Fields, given: Record<string, unknown>): void => {
  for (const [name, { check: wrongIn, required: isRequired }] of Object.entries(fields)) {
    const wrong = given[name] === undefined ? isRequired && 'form' : wrongIn(given[name]);
    if (wrong) refuse(name, wrong);
  }
  const unknown = Object.keys(given).find((name) => !(name in fields));
  if (unknown !== undefined) refuse(unknown, 'form');
  if ('key' in fields && given.after !== undefined && given.key === undefined) refuse('after', 'form');
};
