import type { MessageNew } from '@parley/client/chat';
import { useParley } from '@parley/client/react';
import { useEffect, useState } from 'react';
import { useSelf } from '../account/me.ts';
import { findName, plain } from '../people/names.ts';
import { Icon } from '../shell/icon.tsx';
import { open as openConversation } from '../shell/route.ts';
import { gather } from './gathering.ts';
import { isLookedAt, showLookedAt } from './looked-at.ts';
import './notifications.css';

const place = 'parley.notifications';

/**
 * Chrome for Android has notifications, but for service workers alone: the constructor throws there, also while nothing
 * is permitted yet. Elsewhere nothing is shown then.
 */
const canNotify = (): boolean => {
  try {
    new Notification('Parley');
    return true;
  } catch {
    return false;
  }
};

/**
 * Tells of messages while neither this tab nor another of the account is looked at. Whether it may is asked once
 * somebody has missed something: before that nobody knows what the question is good for.
 */
export const Notifications = () => {
  const parley = useParley();
  const self = useSelf();
  const [isWorthAsking, setWorthAsking] = useState(false);

  useEffect(() => {
    // Neither is there without HTTPS.
    if (!('Notification' in window && 'locks' in navigator)) return;
    /** The newest of each conversation: of many that were missed one is enough. */
    const shown = new Map<string, Notification>();
    let isOver = false;
    const tell = async ({ conversation, from, seq, text }: MessageNew) => {
      if (await isLookedAt(self.id)) return;
      if (Notification.permission === 'default')
        setWorthAsking(localStorage.getItem(place) === null && canNotify());
      if (Notification.permission !== 'granted') return;
      const name = await findName(parley, from);
      // Somebody may have come back meanwhile.
      if (isOver || !document.hidden) return;
      const { title } = parley.conversation(conversation).get();
      // The same tag from another tab replaces it: one message, one notification.
      const notification = new Notification(title === undefined ? name : `${name} in ${plain(title)}`, {
        body: plain(text),
        tag: `${conversation}/${seq}`,
        icon: '/icon.svg',
      });
      shown.get(conversation)?.close();
      shown.set(conversation, notification);
      notification.onclick = () => {
        window.focus();
        openConversation(conversation);
        notification.close();
      };
    };
    const stop = gather(
      parley,
      ({ from }) => from !== self.id && document.hidden,
      (newest) => void tell(newest).catch(() => {}),
    );
    const clear = () => {
      if (document.hidden) return;
      for (const notification of shown.values()) notification.close();
      shown.clear();
    };
    document.addEventListener('visibilitychange', clear);
    const leave = showLookedAt(self.id);
    return () => {
      isOver = true;
      stop();
      leave();
      document.removeEventListener('visibilitychange', clear);
    };
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
