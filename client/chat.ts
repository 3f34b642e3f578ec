import { assemble } from './connect.ts';
import type { ChatConversation, Conversation } from './types/conversation.ts';
import type { Chat, ConnectOptions } from './types/parley.ts';
import { listOf } from './view/list.ts';
import { presenceWatch } from './view/presence.ts';
import { type Screen, screenOf } from './view/screen.ts';
import { userNames } from './view/users.ts';
import type { ConversationId, UserId } from './wire.gen.ts';

export * from './index.ts';
export { nameLimit, textBytes, textLimit, titleLimit } from './limits.ts';
export { memoryStorage } from './outbox/memory.ts';
export type {
  ChatConversation,
  ConversationSummary,
  ConversationView,
  Item,
  Message,
  Notice,
  Reaction,
  Watermark,
} from './types/conversation.ts';
export type {
  Chat,
  Conversations,
  ConversationsView,
  PresenceWatch,
  Users,
} from './types/parley.ts';

/** Connects as `connect` of the core does, and keeps what a page shows up to date. */
export const connect = (options: ConnectOptions): Chat => {
  const { parley, clock, request, ask, outbox, me, heldAs, learnAll, show } = assemble(options);
  const { conversation: core, direct, createGroup, createRoom, close } = parley;
  const screens = new Map<ConversationId, Screen>();
  const conversations = new Map<ConversationId, ChatConversation>();
  const presence = presenceWatch(clock, ask, parley);
  const users = userNames(clock, request);
  const list = listOf({
    clock,
    request,
    screens,
    learn: learnAll,
    describe: (id) => void heldAs(id).describe(),
  });
  show({
    held: (one) => {
      screens.set(one.id, screenOf({ clock, me, request, outbox, touchList: list.touch }, one));
    },
    listed: list.listed,
    known: presence.repeat,
  });

  const conversation = (id: ConversationId): ChatConversation => {
    const known = conversations.get(id);
    if (known) return known;
    const base = core(id);
    const { view, window, open, retry } = screens.get(id) as Screen;
    const { loadOlder, loadNewer, jumpTo, jumpToNewest } = window;
    const made: ChatConversation = {
      ...base,
      get: view.get,
      onChange: view.onChange,
      open,
      loadOlder,
      loadNewer,
      jumpTo,
      jumpToNewest,
      retry,
    };
    conversations.set(id, made);
    return made;
  };
  const shown = async (creating: Promise<Conversation>) => conversation((await creating).id);

  return Object.assign(parley, {
    conversations: list.list,
    presence: presence.watch,
    users,
    conversation,
    direct: (peer: UserId) => shown(direct(peer)),
    createGroup: (title: string, members: readonly UserId[]) => shown(createGroup(title, members)),
    createRoom: (title: string) => shown(createRoom(title)),
    close: () => {
      close();
      presence.stop();
      users.stop();
      list.stop();
      for (const one of screens.values()) one.stop();
    },
  });
};
