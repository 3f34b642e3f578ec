import type { Entry } from '../../schema/entries.ts';

type WithoutPlace<E> = E extends Entry ? Omit<E, 'seq' | 'ts'> : never;

/** An entry that has no place in the log yet. */
export type Draft = WithoutPlace<Entry>;

/** Identity of an entry: a retry has the same, whatever its text. */
export const isSame = (entry: Pick<Entry, 'from' | 'key'>, other: Pick<Entry, 'from' | 'key'>): boolean =>
  entry.from === other.from && entry.key === other.key;

/** Entries after which membership must be read again. */
export const changesMembers = ({ type }: Pick<Entry, 'type'>): boolean =>
  type === 'conversation.created' || type.startsWith('member.');

/** Entries that only raise the head: whatever else is remembered stays true. */
export const isPlain = ({ type }: Pick<Entry, 'type'>): boolean => type === 'message.new';
