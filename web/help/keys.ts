import { useParley } from '@parley/client/react';
import { useEffect, useRef } from 'react';
import { open, useOpen } from '../shell/route.ts';
import { isComposing } from '../text/composing.ts';

const command = /Mac|iPad|iPhone/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

/** What the keyboard does, as the help shows it. */
export const keys: { title: string; rows: [string[], string][] }[] = [
  {
    title: 'Everywhere',
    rows: [
      [[command, 'K'], 'Find a conversation'],
      [['Alt', '↑'], 'The conversation above'],
      [['Alt', '↓'], 'The conversation below'],
      [[command, 'F'], 'Search in this conversation'],
      [['Esc'], 'Close what is open, or back to writing'],
      [['?'], 'This help'],
    ],
  },
  {
    title: 'While writing',
    rows: [
      [['Enter'], 'Send'],
      [['Shift', 'Enter'], 'A new line'],
      [['↑'], 'Edit your last message, when nothing is written'],
    ],
  },
  {
    title: 'On a message (Tab leads to the messages, ↑ ↓ through them)',
    rows: [
      [['R'], 'Reply'],
      [['+'], 'React'],
      [['E'], 'Edit'],
      [['C'], 'Copy'],
      [['I'], 'Who received and read it'],
      [['Delete'], 'Delete'],
    ],
  },
];

const isWriting = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.matches('input, textarea, select');

/** Keys that work wherever one is. */
export const useKeys = ({ onHelp }: { onHelp: () => void }) => {
  const parley = useParley();
  const current = useOpen();
  const latest = useRef({ current, onHelp });
  latest.current = { current, onHelp };

  useEffect(() => {
    const step = (by: 1 | -1) => {
      const { items } = parley.conversations.get();
      const at = items.findIndex(({ id }) => id === latest.current.current);
      const next = items[at < 0 ? 0 : at + by];
      if (next) open(next.id);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isComposing(event)) return;
      if (document.querySelector('dialog[open], :popover-open')) return;
      const isCommand = event.ctrlKey || event.metaKey;
      if (isCommand && event.key.toLowerCase() === 'k') find('.sidebar-search input', event);
      else if (isCommand && event.key.toLowerCase() === 'f' && latest.current.current) {
        dispatchEvent(new Event('parley:search'));
        find('.find-bar input', event);
      } else if (event.altKey && event.key === 'ArrowDown') step(1);
      else if (event.altKey && event.key === 'ArrowUp') step(-1);
      else if (event.key === 'Escape') find('.composer textarea', event);
      else if (event.key === '?' && !isWriting(event.target)) latest.current.onHelp();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [parley]);
};

const find = (selector: string, event: Event) => {
  event.preventDefault();
  document.querySelector<HTMLElement>(selector)?.focus();
};
