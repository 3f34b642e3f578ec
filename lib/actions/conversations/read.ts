import type { Conversation } from '../../../schema/http/conversations.ts';
import type { ConversationId } from '../../../schema/ids.ts';
import type { App } from '../../app.ts';
import type { Caller } from '../../caller.ts';
import type { Outcome } from '../../outcome.ts';
import { type DescribeUses, describe } from './describe.ts';

export const readConversation = async (
  app: DescribeUses & Pick<App, 'members'>,
  { user }: Caller,
  conversation: ConversationId,
): Promise<Outcome<Conversation>> => {
  const described = await describe(app, user, { conversation });
  if (described.kind !== 'direct') return { reply: described };
  const peer = (await app.members.of(conversation)).find((member) => member.user !== user)?.user;
  return { reply: { ...described, ...(peer && { peer }) } };
};
