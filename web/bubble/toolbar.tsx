import type { Message } from '@parley/client/chat';
import type { Acting } from '../message/acting.ts';
import { Icon, type IconName } from '../shell/icon.tsx';
import './toolbar.css';

/** What can be done with a message: seen beside it when it is pointed at, focused or tapped. */
export const Toolbar = ({ message, acting }: { message: Message; acting: Acting }) => {
  const offered: [IconName, string, (message: Message) => void, boolean][] = [
    ['react', 'React', acting.pick, true],
    ['reply', 'Reply', acting.reply, true],
    ['edit', 'Edit', acting.edit, acting.canEdit(message)],
    ['copy', 'Copy', acting.copy, true],
    ['info', 'Who received and read it', acting.inspect, true],
    ['remove', 'Delete', acting.remove, acting.canDelete(message)],
  ];
  return (
    <div className="toolbar" role="toolbar" aria-label="Message">
      {offered.map(
        ([icon, label, act, isOffered]) =>
          isOffered && (
            <button key={icon} type="button" aria-label={label} title={label} onClick={() => act(message)}>
              <Icon name={icon} size={18} />
            </button>
          ),
      )}
    </div>
  );
};
