import { revokeDevice } from '@parley/client/account';
import { type Chat as Connection, connect } from '@parley/client/chat';
import { indexedDBStorage } from '@parley/client/indexeddb';
import { ParleyProvider } from '@parley/client/react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Chat } from '../chat.tsx';
import type { Configuration } from '../configuration.ts';
import { Again } from '../door/again.tsx';
import { type Account, forgetAccount } from './accounts.ts';
import { type Me, MeContext } from './me.ts';
import { isShown, tokensOf } from './token.ts';

type Props = {
  account: Account;
  configuration: Configuration;
  onChange: (account: Account) => void;
  /** With why, where it was not the user's wish. */
  onLeave: (why?: string) => void;
};

const storage = indexedDBStorage();

/** Nobody waits longer for the server in order to go. */
const patienceMs = 3_000;

/** Asked anew: since the connection asked, somebody may have signed in again, on a new device. */
const revokeOwn = async (parley: Connection) => {
  const { device } = await parley.request<{ device: string }>('GET', '/v1/me');
  await revokeDevice(parley, device);
};

/** A connection for as long as this account is shown, and the page upon it. */
export const SignedIn = ({ account, configuration, onChange, onLeave }: Props) => {
  const { user } = account;
  const { httpUrl, wsUrl, heartbeat } = configuration;
  const [parley, setParley] = useState<ReturnType<typeof connect>>();
  const [isAsked, setAsked] = useState(false);
  const isLeaving = useRef(false);

  useEffect(() => {
    const getToken = tokensOf(user.id, httpUrl, setAsked);
    const opened = connect({
      url: wsUrl,
      httpUrl,
      getToken,
      user: user.id,
      storage,
      ...(heartbeat !== undefined && { heartbeat }),
    });
    // Whoever waits for it hears of it; here the banner tells.
    opened.ready.catch(() => {});
    opened.on('state', ({ current, reason }) => {
      if (current !== 'failed' || reason?.code !== 'revoked' || isLeaving.current) return;
      if (isShown(user.id)) forgetAccount(user.id);
      onLeave('You were signed out of this device.');
    });
    setParley(opened);
    return () => opened.close();
  }, [wsUrl, httpUrl, heartbeat, user.id, onLeave]);

  const me = useMemo<Me>(
    () => ({
      ...user,
      configuration,
      change: onChange,
      leave: () => onLeave(),
      signOut: () => {
        // The token is forgotten here in any case; the server voids it where it can be reached.
        forgetAccount(user.id);
        if (!parley) return onLeave();
        isLeaving.current = true;
        const late = new Promise((resolve) => setTimeout(resolve, patienceMs));
        // Whoever went elsewhere meanwhile stays there.
        const leave = () => parley.state !== 'closed' && onLeave();
        void Promise.race([revokeOwn(parley), late]).then(leave, leave);
      },
    }),
    [user, configuration, onChange, onLeave, parley],
  );

  if (!parley) return null;
  return (
    <MeContext value={me}>
      <ParleyProvider parley={parley}>
        <Chat />
        {isAsked && <Again />}
      </ParleyProvider>
    </MeContext>
  );
};
