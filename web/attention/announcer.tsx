import { useParley } from '@parley/client/react';
import { useEffect, useState } from 'react';
import { useSelf } from '../account/me.ts';
import { findName, plain } from '../people/names.ts';

type Said = { key: string; text: string };

const mostCharacters = 160;
/** Long enough to be heard; a text must not stay where nobody sees it. */
const heardMs = 5_000;

/**
 * Says to screen readers what arrives. A region of its own: the list itself is windowed and would be read anew with
 * each scroll.
 */
export const Announcer = ({ open }: { open: string | undefined }) => {
  const parley = useParley();
  const self = useSelf();
  const [said, setSaid] = useState<readonly Said[]>([]);

  useEffect(() => {
    const ending = new AbortController();
    const { signal } = ending;
    const tell = async (from: string, key: string, text: string | undefined) => {
      const name = await findName(parley, from);
      const line =
        text === undefined ? `New message from ${name}` : `${name}: ${plain(text, mostCharacters)}`;
      setSaid((now) => [...now, { key, text: line }]);
      setTimeout(() => setSaid((now) => now.filter((one) => one.key !== key)), heardMs);
    };
    parley.on(
      'message.new',
      ({ conversation, from, seq, text }) => {
        const isHere = conversation === open && !document.hidden;
        if (from !== self.id) void tell(from, `${conversation} ${seq}`, isHere ? text : undefined);
      },
      { signal },
    );
    parley.on(
      'message.deleted',
      ({ conversation, target }) =>
        setSaid((now) => now.filter(({ key }) => key !== `${conversation} ${target}`)),
      { signal },
    );
    return () => ending.abort();
  }, [parley, self.id, open]);

  return (
    <div className="unseen" role="log" aria-live="polite" aria-label="New messages">
      {said.map(({ key, text }) => (
        <p key={key}>{text}</p>
      ))}
    </div>
  );
};
