import type { ConversationSummary, Message } from '@parley/client/chat';
import { useSelf } from '../account/me.ts';
import { useDraft } from '../composer/drafts.ts';
import { useName } from '../people/names.ts';

/** What happened last in a conversation, in one line: typing, a draft that was left, or the last message. */
export const Preview = ({ summary, isOpen }: { summary: ConversationSummary; isOpen: boolean }) => {
  const { id, kind, typing, lastMessage } = summary;
  const self = useSelf();
  const draft = useDraft(self.id, id, isOpen);
  const [typist] = typing;
  if (typist !== undefined) return <Typing user={typist} isNamed={kind !== 'direct'} />;
  if (draft) {
    return (
      <span className="line row-preview">
        <span className="drafted">Draft:</span> <bdi>{draft}</bdi>
      </span>
    );
  }
  if (!lastMessage)
    return (
      <span className="line row-preview">{kind === 'direct' ? 'Say hello' : 'Nobody has written yet'}</span>
    );
  return <Last message={lastMessage} isNamed={kind !== 'direct' || lastMessage.from === self.id} />;
};

const Typing = ({ user, isNamed }: { user: string; isNamed: boolean }) => {
  const name = useName(user);
  return (
    <span className="line row-preview typing">
      {isNamed && (
        <>
          <bdi>{name}</bdi> is{' '}
        </>
      )}
      typing…
    </span>
  );
};

const Last = ({ message, isNamed }: { message: Message; isNamed: boolean }) => {
  const name = useName(message.from);
  return (
    <span className="line row-preview">
      {message.state === 'failed' && <span className="wrong">Not sent. </span>}
      {isNamed && (
        <>
          <bdi>{name}</bdi>:{' '}
        </>
      )}
      <bdi>{message.deleted ? 'message deleted' : message.text}</bdi>
    </span>
  );
};
