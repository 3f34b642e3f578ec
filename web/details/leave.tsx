import type { ChatConversation, ConversationView } from '@parley/client/chat';
import { useState } from 'react';
import { explain } from '../account/explain.ts';
import { Dialog } from '../shell/dialog.tsx';
import { close } from '../shell/route.ts';

type Props = { view: ConversationView; conversation: ChatConversation };

/** The way out of a group or a room. Asked first: nobody comes back into a group by himself. */
export const Leave = ({ view, conversation }: Props) => {
  const [isAsked, setAsked] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const leave = async () => {
    setWrong(undefined);
    try {
      await conversation.leave();
      close();
    } catch (error) {
      setWrong(explain(error));
    }
  };
  const isRoom = view.kind === 'room';
  return (
    <>
      <div className="actions">
        <button type="button" className="button danger" onClick={() => setAsked(true)}>
          Leave
        </button>
      </div>
      {isAsked && (
        <Dialog title={`Leave this ${isRoom ? 'room' : 'group'}?`} onClose={() => setAsked(false)}>
          <p className="hint">
            {isRoom
              ? 'You can join again by its link.'
              : 'You cannot come back by yourself: its owner or an admin would have to add you.'}
          </p>
          <p className="wrong" role="alert">
            {wrong}
          </p>
          <div className="actions">
            <button type="button" className="button plain" onClick={() => setAsked(false)}>
              Stay
            </button>
            <button type="button" className="button" onClick={() => void leave()}>
              Leave
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
};
