import { type ChatConversation, titleLimit } from '@parley/client/chat';
import { useId, useState } from 'react';
import { explain } from '../account/explain.ts';

export const Rename = ({ conversation, title }: { conversation: ChatConversation; title: string }) => {
  const id = useId();
  const [next, setNext] = useState(title);
  const [wrong, setWrong] = useState<string>();
  const rename = async () => {
    setWrong(undefined);
    try {
      await conversation.rename(next.trim());
    } catch (error) {
      setWrong(explain(error));
    }
  };
  const isSame = !next.trim() || next.trim() === title;
  return (
    <form
      className="field"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isSame) void rename();
      }}
    >
      <label htmlFor={id}>Title</label>
      <div className="beside">
        <input
          id={id}
          className="input"
          value={next}
          maxLength={titleLimit}
          onChange={({ target }) => setNext(target.value)}
        />
        <button type="submit" className="button plain" disabled={isSame}>
          Rename
        </button>
      </div>
      {wrong && (
        <p className="wrong" role="alert">
          {wrong}
        </p>
      )}
    </form>
  );
};
