export {
  type Messages,
  useConnection,
  useConversation,
  useConversations,
  useMe,
  useMessages,
  usePresence,
  useTyping,
  useUnread,
  useUser,
} from './hooks.ts';
export { useLive } from './live.ts';
export { ParleyProvider, useParley } from './provider.ts';
