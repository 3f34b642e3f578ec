import type { ChatConversation, ConversationView } from '@parley/client/chat';
import { useTitle } from '../people/names.ts';
import { Dialog } from '../shell/dialog.tsx';
import { Block } from './block.tsx';
import { Invitation } from './invitation.tsx';
import { Members } from './members.tsx';
import { Rename } from './rename.tsx';
import './details.css';

type Props = { view: ConversationView; conversation: ChatConversation; onClose: () => void };

/** What a conversation is, and who belongs to it. */
export const Details = ({ view, conversation, onClose }: Props) => {
  const title = useTitle(view);
  const { kind, peer, role } = view;
  const mayManage = role === 'owner' || role === 'admin';
  return (
    <Dialog title={title} onClose={onClose}>
      {peer !== undefined && <Block user={peer} />}
      {kind === 'room' && <Invitation />}
      {kind !== 'direct' && mayManage && <Rename conversation={conversation} title={view.title ?? ''} />}
      {kind !== 'direct' && <Members view={view} conversation={conversation} mayManage={mayManage} />}
    </Dialog>
  );
};
