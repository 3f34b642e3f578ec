import type { KeyboardEvent } from 'react';
import { PopoverButton } from '../shell/popover.tsx';
import './emoji.css';

const groups: Record<string, string> = {
  Often: '👍 ❤️ 😂 😮 😢 🎉 🙏 👏',
  Faces:
    '😀 😃 😄 😁 😅 🤣 🙂 🙃 😉 😊 😇 🥰 😍 😘 😋 😜 🤔 🤨 😐 😏 🙄 😬 😌 😔 😴 😷 🤒 🥳 😎 🤓 😕 😟 😳 🥺 😭 😱 😤 😡 🤯 🤗',
  Hands: '👌 ✌️ 🤞 🤝 👋 💪 👎 ✊ 👀 🙌 🫶 🤷',
  Things: '🔥 ✨ ⭐ 💯 ✅ ❌ ❓ ❗ 💡 📌 📎 📅 ⏰ ☕ 🍕 🍰 🌞 🌧️ 🚀 🐛 🎁 💙 💚 💔',
};

const split = (row: string) => row.split(' ');

const perRow = 8;
const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -perRow, ArrowDown: perRow };

const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll('button')];
  all[all.findIndex((one) => one.matches(':focus')) + step]?.focus();
};

type Props = { onPick: (emoji: string) => void };

/** A hundred emoji that people use; any other can be typed. */
export const EmojiPicker = ({ onPick }: Props) => (
  // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the buttons in it
  <div className="emoji-picker" onKeyDown={onKeyDown}>
    {Object.entries(groups).map(([title, row]) => (
      <section key={title} aria-label={title}>
        {split(row).map((emoji) => (
          <button key={emoji} type="button" aria-label={emoji} onClick={() => onPick(emoji)}>
            {emoji}
          </button>
        ))}
      </section>
    ))}
  </div>
);

/** The picker, behind a button beside what is written. */
export const EmojiButton = ({ onPick }: Props) => (
  <PopoverButton icon="react" label="Emoji">
    {(close) => (
      <EmojiPicker
        onPick={(emoji) => {
          close();
          onPick(emoji);
        }}
      />
    )}
  </PopoverButton>
);
