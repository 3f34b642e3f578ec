import { type Message, ParleyError } from '@parley/client/chat';
import { useCallback, useEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import { explain } from '../account/explain.ts';
import { Composer, type Purpose } from '../composer/composer.tsx';
import { EmojiPicker } from '../composer/emoji.tsx';
import { Details } from '../details/details.tsx';
import { ReceiptsDialog } from '../message/receipts.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { monthName } from '../shell/times.ts';
import { useOpening } from '../timeline/opening.ts';
import { type Place, Timeline } from '../timeline/timeline.tsx';
import { useActing } from './act.ts';
import { FindBar } from './find-bar.tsx';
import { Head } from './head.tsx';
import { Stranger } from './stranger.tsx';
import { TypingLine } from './typing-line.tsx';
import './thread.css';

/** What lies over the thread, one at a time. */
export type Over =
  | { kind: 'details' }
  | { kind: 'pick' | 'inspect' | 'remove'; message: Message }
  | undefined;

/** An open conversation. */
export const Thread = ({ id }: { id: string }) => {
  const opened = useOpening(id);
  const { view, conversation } = opened;
  const [over, setOver] = useState<Over>();
  const [purpose, setPurpose] = useState<Purpose>({ kind: 'new' });
  const [wanted, setWanted] = useState<string>();
  const [shown, setShown] = useState<Place>();
  const [missing, setMissing] = useState<string>();
  const show = useCallback(
    async (place: Place) => {
      setMissing(undefined);
      try {
        await conversation.jumpTo('seq' in place ? place.seq : place.month);
        setShown(place);
      } catch (error) {
        // Somebody wants to be elsewhere by now.
        if (error instanceof ParleyError && error.code === 'cancelled') return;
        const isEmpty = error instanceof ParleyError && error.code === 'not-found';
        setMissing(
          isEmpty && 'month' in place ? `Nothing was said in ${monthName(place.month)}.` : explain(error),
        );
      }
    },
    [conversation],
  );
  const acting = useActing({ conversation, setOver, setPurpose, show });

  useEffect(() => {
    // At once: what is typed next goes there.
    const search = () => flushSync(() => setWanted((now) => now ?? ''));
    addEventListener('parley:search', search);
    return () => removeEventListener('parley:search', search);
  }, []);

  const close = () => setOver(undefined);
  if (view.error?.code === 'not-found' && view.kind === undefined)
    return <Stranger conversation={conversation} />;
  return (
    <main className="thread" aria-label="Conversation">
      <Head
        view={view}
        isSearching={wanted !== undefined}
        onSearch={() => setWanted((now) => (now === undefined ? '' : undefined))}
        onMonth={(month) => void show({ month })}
        onDetails={() => setOver({ kind: 'details' })}
      />
      {wanted !== undefined && (
        <FindBar
          items={view.items}
          wanted={wanted}
          onWanted={setWanted}
          onShow={(seq) => setShown({ seq })}
          onClose={() => setWanted(undefined)}
        />
      )}
      {opened.opening > 0 && <Timeline {...opened} acting={acting} wanted={wanted ?? ''} shown={shown} />}
      {missing && (
        <div className="pill" role="alert">
          {missing}
          <button type="button" className="text-button" onClick={() => setMissing(undefined)}>
            Close
          </button>
        </div>
      )}
      {view.error && !view.loading && (
        <p className="not-loaded" role="alert">
          Not everything could be loaded.
          <button type="button" className="text-button" onClick={() => conversation.retry()}>
            Try again
          </button>
        </p>
      )}
      <TypingLine typing={view.typing} />
      <Composer conversation={conversation} items={view.items} purpose={purpose} onPurpose={setPurpose} />
      {over?.kind === 'details' && <Details view={view} conversation={conversation} onClose={close} />}
      {over?.kind === 'inspect' && (
        <ReceiptsDialog
          message={over.message}
          conversation={conversation}
          items={view.items}
          onClose={close}
        />
      )}
      {over?.kind === 'pick' && (
        <Dialog title="React" onClose={close}>
          <EmojiPicker
            onPick={(emoji) => {
              close();
              acting.react(over.message, emoji);
            }}
          />
        </Dialog>
      )}
      {over?.kind === 'remove' && (
        <Dialog title="Delete this message?" onClose={close}>
          <p className="hint">Its text will be gone for everybody, for good.</p>
          <div className="actions">
            <button type="button" className="button plain" onClick={close}>
              Keep it
            </button>
            <button
              type="button"
              className="button"
              onClick={() => {
                close();
                if (over.message.seq !== undefined) conversation.delete(over.message.seq);
              }}
            >
              Delete
            </button>
          </div>
        </Dialog>
      )}
    </main>
  );
};
