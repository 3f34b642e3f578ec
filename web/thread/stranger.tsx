import type { ChatConversation } from '@parley/client/chat';
import { useState } from 'react';
import { Icon } from '../shell/icon.tsx';

/** A link to what one does not belong to: a room can be joined, anything else does not exist as far as one may know. */
export const Stranger = ({ conversation }: { conversation: ChatConversation }) => {
  const [wrong, setWrong] = useState<string>();
  const isRoom = conversation.id.startsWith('g:');
  const join = async () => {
    try {
      await conversation.join();
      conversation.jumpToNewest();
    } catch {
      setWrong('There is no room under this link, or you may not join it.');
    }
  };
  return (
    <main className="nothing" aria-label="Conversation">
      <Icon name="hash" size={40} />
      <h1>You are not a member here</h1>
      {isRoom && <p className="hint">If somebody gave you this link to a room, you can join it.</p>}
      <div className="actions">
        <a className="button plain" href="#/">
          Back
        </a>
        {isRoom && (
          <button type="button" className="button" onClick={() => void join()}>
            Join
          </button>
        )}
      </div>
      <p className="wrong" role="alert">
        {wrong}
      </p>
    </main>
  );
};
