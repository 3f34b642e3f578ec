import type { Message } from '@parley/client/chat';
import { useUser } from '@parley/client/react';
import { useSelf } from '../account/me.ts';
import './reactions.css';

type Props = { message: Message; onReact: (emoji: string) => void };

/** Emoji under a message, with how many; one's own is set off, and a click takes it away. */
export const Reactions = ({ message, onReact }: Props) => {
  const self = useSelf();
  return (
    <ul className="reactions" aria-label="Reactions">
      {message.reactions.map(({ emoji, users }) => (
        <li key={emoji}>
          <button
            type="button"
            className="reaction"
            aria-pressed={users.includes(self.id)}
            onClick={() => onReact(emoji)}
          >
            <span>{emoji}</span>
            {users.length > 1 && <span>{users.length}</span>}
            <span className="unseen">
              {' '}
              by <First id={users[0] ?? ''} /> {users.length > 1 && `and ${users.length - 1} more`}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
};

const First = ({ id }: { id: string }) => {
  const self = useSelf();
  const name = useUser(id);
  return <bdi>{id === self.id ? 'you' : name}</bdi>;
};
