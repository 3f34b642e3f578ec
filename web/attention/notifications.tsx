import { useParley } from '@parley/client/react';
import { useEffect, useState } from 'react';
import { useSelf } from '../account/me.ts';
import { plain, visible } from '../people/names.ts';
import { Icon } from '../shell/icon.tsx';
import { open as openConversation } from '../shell/route.ts';
import './notifications.css';

const place = 'parley.notifications';

/**
 * Tells of messages while the page is hidden. Whether it may is asked once somebody has missed something: before that
 * nobody knows what the question is good for.
 */
export const Notifications = () => {
  const parley = useParley();
  const self = useSelf();
  const [isWorthAsking, setWorthAsking] = useState(false);

  useEffect(() => {
    if (!('Notification' in window)) return;
    return parley.on('message.new', ({ conversation, from, seq, text }) => {
      if (from === self.id || !document.hidden) return;
      if (Notification.permission === 'default') setWorthAsking(localStorage.getItem(place) === null);
      if (Notification.permission !== 'granted') return;
      const name = plain(visible(parley.users.name(from)) ?? 'New message');
      // The same tag from another tab replaces it: one message, one notification.
      const notification = new Notification(name, {
        body: plain(text),
        tag: `${conversation}/${seq}`,
        icon: '/icon.svg',
      });
      notification.onclick = () => {
        window.focus();
        openConversation(conversation);
        notification.close();
      };
    });
  }, [parley, self.id]);

  if (!isWorthAsking) return null;
  const answer = async (isWanted: boolean) => {
    localStorage.setItem(place, isWanted ? 'asked' : 'declined');
    setWorthAsking(false);
    if (isWanted) await Notification.requestPermission();
  };
  return (
    <aside className="ask" aria-label="Notifications">
      <Icon name="info" />
      <p>A message came while you were elsewhere. Shall Parley tell you next time?</p>
      <div>
        <button type="button" className="button small" onClick={() => void answer(true)}>
          Turn on
        </button>
        <button type="button" className="button small plain" onClick={() => void answer(false)}>
          Not now
        </button>
      </div>
    </aside>
  );
};
