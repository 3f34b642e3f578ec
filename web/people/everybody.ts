import type { ChatConversation, ConversationView, Member } from '@parley/client/chat';

/** So many members a view knows at most. */
const mostInView = 100;

/** Whether there may be others than the view knows. */
export const mayBeMore = ({ members }: Pick<ConversationView, 'members'>): boolean =>
  members.length >= mostInView;

export const everybody = async (conversation: ChatConversation): Promise<Member[]> => {
  const members: Member[] = [];
  for await (const member of conversation.members()) members.push(member);
  return members;
};
