import { useCallback, useState } from 'react';
import { Announcer } from './attention/announcer.tsx';
import { Badge } from './attention/badge.tsx';
import { Notifications } from './attention/notifications.tsx';
import { Help } from './help/help.tsx';
import { useKeys } from './help/keys.ts';
import { Banner } from './shell/banner.tsx';
import { useOpen } from './shell/route.ts';
import { Sidebar } from './sidebar/sidebar.tsx';
import { Nothing } from './thread/nothing.tsx';
import { Thread } from './thread/thread.tsx';
import './chat.css';

/** The list beside the open conversation; on a phone one of the two. */
export const Chat = () => {
  const open = useOpen();
  const [isHelping, setHelping] = useState(false);
  const help = useCallback(() => setHelping(true), []);
  useKeys({ onHelp: help });
  return (
    <div className={`chat ${open ? 'in-thread' : 'in-list'}`}>
      <Sidebar open={open} onHelp={help} />
      {open ? <Thread key={open} id={open} /> : <Nothing />}
      <Banner />
      <Announcer open={open} />
      <Badge />
      <Notifications />
      {isHelping && <Help onClose={() => setHelping(false)} />}
    </div>
  );
};
