import type { Chat, ConversationSummary } from '@parley/client/chat';
import { useParley, useUser } from '@parley/client/react';
import { useEffect, useSyncExternalStore } from 'react';
import { useSelf } from '../account/me.ts';

/** Characters that turn the direction around, where no element can hold them in. */
const turning = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** For a title, a notification, an announcement: one line of plain text. */
export const plain = (text: string, most = 200): string =>
  [...text.replace(turning, '').replace(/\s+/g, ' ').trim()].slice(0, most).join('');

/** A name that consists of what cannot be seen is none. */
export const visible = (name: string | undefined): string | undefined =>
  name?.replace(/[\p{Cf}\s]/gu, '') ? name : undefined;

/** Asked for where it is not known yet: for what is said once, and not rendered anew when the name comes. */
export const findName = async ({ users }: Chat, id: string): Promise<string> => {
  const name = users.name(id) ?? (await users.find({ ids: [id] }).catch(() => []))[0]?.name;
  return plain(visible(name) ?? 'Somebody');
};

/** `You` for oneself. */
export const useName = (id: string): string => {
  const self = useSelf();
  const name = useUser(id);
  return id === self.id ? 'You' : (visible(name) ?? '…');
};

const listed = 10;
const inWords = new Intl.ListFormat('en');

/** Of several, in one line: the first of them, and how many others there are. */
export const useNames = (ids: readonly string[]): string => {
  const self = useSelf();
  const { users } = useParley();
  const first = ids.slice(0, listed);
  const others = ids.length - first.length;
  const nameOf = (id: string) => (id === self.id ? 'you' : plain(visible(users.get().get(id)?.name) ?? '…'));
  const words = () => inWords.format([...first.map(nameOf), ...(others > 0 ? [`${others} more`] : [])]);
  const asked = first.join();
  // Asked for after rendering, as the name of one is.
  useEffect(() => {
    for (const id of asked.split(',')) users.name(id);
  }, [users, asked]);
  return useSyncExternalStore(users.onChange, words);
};

type Titled = Pick<ConversationSummary, 'kind' | 'title' | 'peer'>;

/** What a conversation is called: its title, or the other one's name. */
export const useTitle = ({ title, peer }: Titled): string => {
  const self = useSelf();
  const name = useUser(peer ?? self.id);
  if (peer !== undefined) return visible(name) ?? '…';
  return visible(title) ?? '…';
};
