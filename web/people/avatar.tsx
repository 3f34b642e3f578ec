import { Icon } from '../shell/icon.tsx';
import './avatar.css';

/** The same hue for the same id, everywhere. */
const hueOf = (id: string) =>
  [...id].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 360, 7);

const initialsOf = (name: string) => {
  const words = name.split(/\s+/).filter(Boolean);
  const firsts = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return firsts.map((word) => [...(word ?? '')][0]?.toLocaleUpperCase() ?? '').join('');
};

type Props = {
  id: string;
  name: string;
  kind?: 'direct' | 'group' | 'room';
  size?: 'small' | 'medium';
  online?: boolean;
};

/** A round sign of a person or a conversation. The name stands beside it, so that readers skip it. */
export const Avatar = ({ id, name, kind = 'direct', size = 'medium', online = false }: Props) => (
  <span className={`avatar ${size} hue-${Math.floor(hueOf(id) / 30)}`} aria-hidden="true">
    {kind === 'direct' ? (
      initialsOf(name)
    ) : (
      <Icon name={kind === 'room' ? 'hash' : 'group'} size={size === 'small' ? 16 : 20} />
    )}
    {online && <span className="online-dot" />}
  </span>
);
