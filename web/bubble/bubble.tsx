import type { Message, ParleyError } from '@parley/client/chat';
import { memo, useState } from 'react';
import { explain } from '../account/explain.ts';
import type { Acting } from '../message/acting.ts';
import { type Tick, Ticks } from '../message/ticks.tsx';
import { Avatar } from '../people/avatar.tsx';
import { useName } from '../people/names.ts';
import { momentOf, timeOf } from '../shell/times.ts';
import { isLarge } from '../text/segments.ts';
import { Words } from '../text/words.tsx';
import { Quote } from './quote.tsx';
import { Reactions } from './reactions.tsx';
import { Toolbar } from './toolbar.tsx';
import './bubble.css';

type Props = {
  message: Message;
  id: string;
  isOwn: boolean;
  isGroup: boolean;
  isFirst: boolean;
  isLast: boolean;
  tick: Tick | undefined;
  isActive: boolean;
  /** The reader was led here. */
  isMarked: boolean;
  wanted: string;
  acting: Acting;
};

/** One message. Rendered anew only when something that it shows has changed. */
export const Bubble = memo((props: Props) => {
  const { message, id, isOwn, isGroup, isFirst, isLast, tick, isActive, isMarked, wanted, acting } = props;
  const name = useName(message.from);
  const classes = [
    'message',
    isOwn ? 'own' : 'theirs',
    isFirst && 'first',
    isLast && 'last',
    isActive && 'active',
    isMarked && 'marked',
  ];
  const isNamed = isGroup && !isOwn;
  return (
    <article
      className={classes.filter(Boolean).join(' ')}
      data-key={id}
      data-seq={message.seq}
      tabIndex={isActive ? 0 : -1}
      aria-label={`${name}, ${timeOf(message.ts)}`}
    >
      {isNamed && (
        <span className="face">{isLast && <Avatar id={message.from} name={name} size="small" />}</span>
      )}
      <div className="column">
        <div className={`bubble ${message.deleted ? 'deleted' : ''}`}>
          {isNamed && isFirst && <bdi className="sender">{name}</bdi>}
          {message.replyTo !== undefined && (
            <Quote message={message.reply} onShow={() => acting.show(message.replyTo as number)} />
          )}
          <div className="said">
            <Text message={message} wanted={wanted} />
            <span className="meta">
              {message.edited && !message.deleted && 'edited '}
              <time dateTime={new Date(message.ts).toISOString()} title={momentOf(message.ts)}>
                {timeOf(message.ts)}
              </time>
              {tick && !message.deleted && <Ticks tick={tick} />}
            </span>
          </div>
          {message.seq !== undefined && !message.deleted && <Toolbar message={message} acting={acting} />}
        </div>
        {message.reactions.length > 0 && (
          <Reactions message={message} onReact={(emoji) => acting.react(message, emoji)} />
        )}
        {message.error && <Refused message={message} error={message.error} acting={acting} />}
      </div>
    </article>
  );
});

/** Longer texts are folded: one message must not fill the screen. */
const foldedCharacters = 1_500;
const foldedLines = 24;
const isLong = (text: string) => text.length > foldedCharacters || text.split('\n').length > foldedLines;

const Text = ({ message: { text, deleted }, wanted }: { message: Message; wanted: string }) => {
  const [isUnfolded, setUnfolded] = useState(false);
  if (deleted) return <p className="text">Message deleted</p>;
  const isFolded = isLong(text) && !isUnfolded && !wanted;
  return (
    <>
      <p className={`text ${isLarge(text) ? 'large' : ''} ${isFolded ? 'folded' : ''}`} dir="auto">
        <Words text={text} wanted={wanted} />
      </p>
      {isFolded && (
        <button type="button" className="text-button unfold" onClick={() => setUnfolded(true)}>
          Show all
        </button>
      )}
    </>
  );
};

type RefusedProps = { message: Message; error: ParleyError; acting: Acting };

/** The message, or a change of it, was refused: why, and what can be done. */
const Refused = ({ message, error, acting }: RefusedProps) => (
  <p className="failed" role="alert">
    {message.state === 'failed' ? 'Not sent.' : 'Not changed.'} {explain(error)}{' '}
    <button type="button" className="text-button" onClick={() => acting.retry(message)}>
      Try again
    </button>{' '}
    <button type="button" className="text-button" onClick={() => acting.discard(message)}>
      {message.state === 'failed' ? 'Discard' : 'Dismiss'}
    </button>
  </p>
);
