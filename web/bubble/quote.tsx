import type { Message } from '@parley/client/chat';
import { useName } from '../people/names.ts';
import './quote.css';

/** The message that is answered, in a line or two. */
export const Quote = ({ message, onShow }: { message: Message | undefined; onShow?: () => void }) => {
  if (!message) {
    return (
      <button type="button" className="quote" onClick={onShow} tabIndex={-1}>
        An earlier message
      </button>
    );
  }
  return (
    <button type="button" className="quote" onClick={onShow} tabIndex={-1}>
      <Sender id={message.from} />
      <span className="quoted" dir="auto">
        {message.deleted ? 'Message deleted' : message.text.slice(0, 300)}
      </span>
    </button>
  );
};

const Sender = ({ id }: { id: string }) => {
  const name = useName(id);
  return <bdi className="sender">{name}</bdi>;
};
