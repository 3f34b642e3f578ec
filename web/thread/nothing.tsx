/** Beside the list, while nothing is open. */
export const Nothing = () => (
  <main className="nothing" aria-label="Conversation">
    <img src="/icon.svg" alt="" width="48" height="48" />
    <h1>Choose a conversation</h1>
    <p className="hint">
      Or press <kbd>?</kbd> to see what the keyboard does.
    </p>
  </main>
);
