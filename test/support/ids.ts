import type { ConnectionId, ConversationId, DeviceId, UserId } from '../../schema/ids.ts';
import { realChance } from './clock.ts';

/** Ids of a test's own, so that tests share stores without meeting. */
export const aUser = () => `u:${realChance.id()}` as UserId;
export const aConversation = () => `g:${realChance.id()}` as ConversationId;
export const aConnection = () => realChance.id() as ConnectionId;
export const aDevice = () => realChance.id() as DeviceId;
export const aKey = () => realChance.id();
