import type { Message } from '@parley/client/chat';
import { useSelf } from '../account/me.ts';
import { useNames } from '../people/names.ts';
import './reactions.css';

type Props = { message: Message; onReact: (emoji: string) => void };

/** Emoji under a message, with how many; one's own is set off, and a click takes it away. */
export const Reactions = ({ message, onReact }: Props) => (
  <ul className="reactions" aria-label="Reactions">
    {message.reactions.map(({ emoji, users }) => (
      <One key={emoji} emoji={emoji} users={users} onReact={onReact} />
    ))}
  </ul>
);

type OneProps = Message['reactions'][number] & Pick<Props, 'onReact'>;

const One = ({ emoji, users, onReact }: OneProps) => {
  const self = useSelf();
  const names = useNames(users);
  return (
    <li title={names}>
      <button
        type="button"
        className="reaction"
        aria-pressed={users.includes(self.id)}
        onClick={() => onReact(emoji)}
      >
        <span>{emoji}</span>
        {users.length > 1 && <span>{users.length}</span>}
        <span className="unseen"> by {names}</span>
      </button>
    </li>
  );
};
