import { useEffect, useMemo } from 'react';
import type { ParleyError } from '../error.ts';
import type { ConnectionChange } from '../types/connection.ts';
import type { ChatConversation, ConversationView, Item } from '../types/conversation.ts';
import type { ConversationsView } from '../types/parley.ts';
import type { ConversationId, Me, Presence, UnreadTotal, UserId } from '../wire.gen.ts';
import { useLive } from './live.ts';
import { useParley } from './provider.ts';

/** The last step of the connection. */
export const useConnection = (): ConnectionChange => useLive(useParley().connection);

/** Who is signed in; absent until the server has told. */
export const useMe = (): Me | undefined => {
  const parley = useParley();
  return useLive(parley.connection, () => parley.me);
};

/** The list of conversations, newest activity first, and how to get more of it. */
export const useConversations = (): ConversationsView & { loadMore(): Promise<void> } => {
  const { conversations } = useParley();
  const view = useLive(conversations);
  return useMemo(() => ({ ...view, loadMore: conversations.loadMore }), [view, conversations]);
};

/** A conversation: open as long as the component is there. */
const useOpen = (id: ConversationId): ChatConversation => {
  const conversation = useParley().conversation(id);
  useEffect(() => conversation.open(), [conversation]);
  return conversation;
};

/** A conversation and everything shown of it. It is open as long as the component is there. */
export const useConversation = (
  id: ConversationId,
): { view: ConversationView; conversation: ChatConversation } => {
  const conversation = useOpen(id);
  const view = useLive(conversation);
  return useMemo(() => ({ view, conversation }), [view, conversation]);
};

/** The lines of a conversation. */
export interface Messages {
  /** Oldest first. */
  items: readonly Item[];
  /** There are older ones. */
  hasOlder: boolean;
  /** The view is away from the newest. */
  hasNewer: boolean;
  /** Something is being loaded. */
  loading: boolean;
  /** Why the opening or a loading failed, until it is done after all. */
  error: ParleyError | undefined;
  /** Tries once more what failed. */
  retry(): void;
  /** Loads a page of older ones. */
  loadOlder(): Promise<void>;
  /** Loads a page of newer ones, after a jump. */
  loadNewer(): Promise<void>;
}

/** The lines of a conversation, which is open as long as the component is there, and how to get more of them. */
export const useMessages = (id: ConversationId): Messages => {
  const conversation = useOpen(id);
  const { loadOlder, loadNewer, retry } = conversation;
  const items = useLive(conversation, (view) => view.items);
  const hasOlder = useLive(conversation, (view) => view.hasOlder);
  const hasNewer = useLive(conversation, (view) => view.hasNewer);
  const loading = useLive(conversation, (view) => view.loading);
  const error = useLive(conversation, (view) => view.error);
  return useMemo(
    () => ({ items, hasOlder, hasNewer, loading, error, loadOlder, loadNewer, retry }),
    [items, hasOlder, hasNewer, loading, error, loadOlder, loadNewer, retry],
  );
};

/** How these users are; they are watched as long as the component is there. At most 20 count. */
export const usePresence = (users: readonly UserId[]): ReadonlyMap<UserId, Presence> => {
  const { presence } = useParley();
  const watched = users.join();
  useEffect(() => (watched === '' ? undefined : presence.watch(watched.split(','))), [presence, watched]);
  const pick = (known: ReadonlyMap<UserId, Presence>) =>
    new Map(users.flatMap((user) => known.get(user) ?? []).map((one) => [one.user, one]));
  return useLive(presence, pick, sameMap);
};
const sameMap = <Key, Value>(one: ReadonlyMap<Key, Value>, other: ReadonlyMap<Key, Value>) =>
  one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);

/** Who is typing in a conversation. */
export const useTyping = (id: ConversationId): readonly UserId[] =>
  useLive(useParley().conversation(id), (view) => view.typing);

/** Messages not read, over all conversations. */
export const useUnread = (): UnreadTotal => useLive(useParley().conversations, (view) => view.unread);

/** The name of a user; absent until it is known. */
export const useUser = (id: UserId): string | undefined => {
  const { users } = useParley();
  const name = useLive(users, (known) => known.get(id)?.name);
  // Asked for after rendering: a render has no effects.
  useEffect(() => void users.name(id), [users, id]);
  return name;
};
