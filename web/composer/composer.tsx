import { type ChatConversation, type Item, type Message, textBytes, textLimit } from '@parley/client/chat';
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { explain } from '../account/explain.ts';
import { useSelf } from '../account/me.ts';
import { Quote } from '../bubble/quote.tsx';
import { Icon } from '../shell/icon.tsx';
import { isComposing } from '../text/composing.ts';
import { amend, current, lastOf, say } from './amend.ts';
import { draftOf, keepDraft } from './drafts.ts';
import { EmojiButton } from './emoji.tsx';
import './composer.css';

/** What is written for: a new message, an answer, or another text of an old one. */
export type Purpose = { kind: 'new' } | { kind: 'reply' | 'edit'; message: Message };

type Props = {
  conversation: ChatConversation;
  items: readonly Item[];
  purpose: Purpose;
  onPurpose: (purpose: Purpose) => void;
};

const fresh: Purpose = { kind: 'new' };
/** Said from here on. */
const nearlyFull = 0.9 * textLimit;

/** With a finger, Enter is a new line: the button sends. */
const isTouched = () => matchMedia('(pointer: coarse)').matches;

/** With Alt it leads to the conversation above. */
const isPlainUp = ({ key, altKey, ctrlKey, metaKey, shiftKey }: KeyboardEvent) =>
  key === 'ArrowUp' && !(altKey || ctrlKey || metaKey || shiftKey);

/** Where one writes. What is begun is kept by conversation. */
export const Composer = ({ conversation, items, purpose, onPurpose }: Props) => {
  const self = useSelf();
  const { id } = conversation;
  const input = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(() => draftOf(self.id, id));
  const [wrong, setWrong] = useState<string>();

  useEffect(() => {
    if (!isTouched()) input.current?.focus();
  }, []);

  // Another purpose, another text, in one rendering; the draft comes back when an edit ends.
  const [purposeBefore, setPurposeBefore] = useState(purpose);
  if (purposeBefore !== purpose) {
    setPurposeBefore(purpose);
    if (purpose.kind === 'edit') setText(purpose.message.text);
    else if (purposeBefore.kind === 'edit') setText(draftOf(self.id, id));
  }
  const focusedFor = useRef(purpose);
  useLayoutEffect(() => {
    if (focusedFor.current === purpose) return;
    focusedFor.current = purpose;
    input.current?.focus();
  }, [purpose]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: its height follows the text
  useLayoutEffect(() => {
    const area = input.current;
    if (!area) return;
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);

  const write = (next: string) => {
    setText(next);
    setWrong(undefined);
    if (purpose.kind === 'edit') return;
    keepDraft(self.id, id, next);
    conversation.typing(next.trim() !== '');
  };

  // Counting is not for nothing: only what may be too long is counted.
  const bytes = text.length * 6 < nearlyFull ? 0 : textBytes(text);
  const isOver = bytes > textLimit;

  const send = () => {
    if (isOver) return;
    const said = text.replace(/^\s*\n|\s+$/g, '');
    if (!said) return;
    try {
      if (purpose.kind === 'edit') {
        amend(conversation, current(items, purpose.message), said);
      } else {
        say(conversation, said, purpose.kind === 'reply' ? purpose.message.seq : undefined);
        write('');
      }
      onPurpose(fresh);
      // The button had it, and is about to be disabled.
      input.current?.focus();
    } catch (error) {
      setWrong(explain(error));
    }
  };

  const editLast = () => {
    const last = lastOf(items, self.id);
    if (last) onPurpose({ kind: 'edit', message: last });
    return last !== undefined;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent)) return;
    if (event.key === 'Enter' && !event.shiftKey && !isTouched()) send();
    else if (event.key === 'Escape' && purpose.kind !== 'new') onPurpose(fresh);
    else if (!(isPlainUp(event) && text === '' && editLast())) return;
    event.preventDefault();
  };

  /** In place of what is selected; the writing goes on after it. */
  const insert = (picked: string) => {
    const area = input.current;
    if (!area) return;
    const { selectionStart, selectionEnd } = area;
    // At once: only in the new text is there a place after it.
    flushSync(() => write(text.slice(0, selectionStart) + picked + text.slice(selectionEnd)));
    area.focus();
    area.setSelectionRange(selectionStart + picked.length, selectionStart + picked.length);
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {purpose.kind !== 'new' && (
        <div className="purpose">
          <Icon name={purpose.kind === 'reply' ? 'reply' : 'edit'} size={18} />
          {purpose.kind === 'reply' ? (
            <Quote message={current(items, purpose.message)} />
          ) : (
            <span className="grow">Edit message</span>
          )}
          <button type="button" className="icon-button" aria-label="Cancel" onClick={() => onPurpose(fresh)}>
            <Icon name="close" size={18} />
          </button>
        </div>
      )}
      {bytes > nearlyFull && (
        <p className={isOver ? 'wrong' : 'hint room'} role="status">
          {isOver
            ? `Too long by ${bytes - textLimit} bytes: make two of it.`
            : `${textLimit - bytes} bytes are left.`}
        </p>
      )}
      {wrong && (
        <p className="wrong" role="alert">
          {wrong}
        </p>
      )}
      <div className="writing">
        <EmojiButton onPick={insert} />
        <textarea
          ref={input}
          rows={1}
          dir="auto"
          aria-label="Message"
          placeholder="Message"
          value={text}
          onChange={({ target }) => write(target.value)}
          onKeyDown={onKeyDown}
          onBlur={() => conversation.typing(false)}
        />
        <button
          type="submit"
          className="send"
          aria-label={purpose.kind === 'edit' ? 'Save' : 'Send'}
          disabled={!text.trim() || isOver}
        >
          <Icon name={purpose.kind === 'edit' ? 'check' : 'send'} />
        </button>
      </div>
    </form>
  );
};
