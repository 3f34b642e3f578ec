import './emoji.css';

const groups: Record<string, string> = {
  Often: '👍 ❤️ 😂 😮 😢 🎉 🙏 👏',
  Faces:
    '😀 😃 😄 😁 😅 🤣 🙂 🙃 😉 😊 😇 🥰 😍 😘 😋 😜 🤔 🤨 😐 😏 🙄 😬 😌 😔 😴 😷 🤒 🥳 😎 🤓 😕 😟 😳 🥺 😭 😱 😤 😡 🤯 🤗',
  Hands: '👌 ✌️ 🤞 🤝 👋 💪 👎 ✊ 👀 🙌 🫶 🤷',
  Things: '🔥 ✨ ⭐ 💯 ✅ ❌ ❓ ❗ 💡 📌 📎 📅 ⏰ ☕ 🍕 🍰 🌞 🌧️ 🚀 🐛 🎁 💙 💚 💔',
};

const split = (row: string) => row.split(' ');

/** A hundred emoji that people use; any other can be typed. */
export const EmojiPicker = ({ onPick }: { onPick: (emoji: string) => void }) => (
  <div className="emoji-picker">
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
