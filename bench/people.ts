import { chance, clock } from '../lib/platform.ts';
import type { MessageNew } from '../schema/entries.ts';
import type { ConversationId, UserId } from '../schema/ids.ts';

/** Who speaks in a bench, and what is said. */
export const aUser = () => `u:${chance.id()}` as UserId;
export const aConversation = () => `g:${chance.id()}` as ConversationId;
export const aKey = () => chance.id();

const textBytes = 225;
const filling = 'x'.repeat(textBytes);
/** Another text every time, always of the same size. */
export const aText = (): string => `${chance.id()} ${filling}`.slice(0, textBytes);

export const aMessage = (place: { conversation: ConversationId; seq: number; from: UserId }): MessageNew => ({
  type: 'message.new',
  ...place,
  ts: clock.now(),
  key: aKey(),
  messageType: 'text',
  text: aText(),
});
