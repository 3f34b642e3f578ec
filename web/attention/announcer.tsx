import type { MessageNew } from '@parley/client/chat';
import { useParley } from '@parley/client/react';
import { useEffect, useEffectEvent, useState } from 'react';
import { useSelf } from '../account/me.ts';
import { findName, plain } from '../people/names.ts';
import { gather } from './gathering.ts';

type Said = { key: string; text: string };

const mostCharacters = 160;
/** Long enough to be heard; a text must not stay where nobody sees it. */
const heardMs = 5_000;
/** Of one moment; of more it is said how many: nobody listens to two hundred. */
const mostAtOnce = 3;

const keyOf = ({ conversation, seq }: Pick<MessageNew, 'conversation' | 'seq'>) => `${conversation} ${seq}`;

/**
 * Says to screen readers what arrives. A region of its own: the list itself is windowed and would be read anew with
 * each scroll.
 */
export const Announcer = ({ open }: { open: string | undefined }) => {
  const parley = useParley();
  const self = useSelf();
  const [said, setSaid] = useState<readonly Said[]>([]);

  const say = (key: string, text: string) => {
    setSaid((now) => [...now, { key, text }]);
    setTimeout(() => setSaid((now) => now.filter((one) => one.key !== key)), heardMs);
  };
  const tell = useEffectEvent(async (newest: MessageNew, all: readonly MessageNew[]) => {
    const { conversation, from } = newest;
    if (all.length > mostAtOnce) {
      const { title } = parley.conversation(conversation).get();
      const where = title === undefined ? `from ${await findName(parley, from)}` : `in ${plain(title)}`;
      return say(`up to ${keyOf(newest)}`, `${all.length} new messages ${where}`);
    }
    const isHere = conversation === open && !document.hidden;
    for (const message of all) {
      const name = await findName(parley, message.from);
      const text = `${name}: ${plain(message.text, mostCharacters)}`;
      say(keyOf(message), isHere ? text : `New message from ${name}`);
    }
  });

  useEffect(() => {
    const stop = gather(
      parley,
      ({ from }) => from !== self.id,
      (newest, all) => void tell(newest, all),
    );
    const forget = parley.on('message.deleted', ({ conversation, target }) =>
      setSaid((now) => now.filter(({ key }) => key !== keyOf({ conversation, seq: target }))),
    );
    return () => {
      stop();
      forget();
    };
  }, [parley, self.id]);

  return (
    <div className="unseen" role="log" aria-live="polite" aria-label="New messages">
      {said.map(({ key, text }) => (
        <p key={key}>{text}</p>
      ))}
    </div>
  );
};
