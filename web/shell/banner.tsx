import { useConnection, useParley } from '@parley/client/react';
import { useEffect, useState } from 'react';
import { useSelf } from '../account/me.ts';
import { Icon } from './icon.tsx';
import { useNow } from './now.ts';
import { useOnline } from './online.ts';
import './banner.css';

/** A drop that mends itself at once is nobody's business. */
const patienceMs = 1_500;

const settled = ['idle', 'connected', 'closed'];

/** What is wrong with the line, and when it is tried again. It lies over the page, so that nothing moves. */
export const Banner = () => {
  const parley = useParley();
  const { leave } = useSelf();
  const change = useConnection();
  const isOnline = useOnline();
  const isAway = !isOnline || !settled.includes(change.current);
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (!isAway) return setLong(false);
    const timer = setTimeout(() => setLong(true), patienceMs);
    return () => clearTimeout(timer);
  }, [isAway]);

  if (!isAway || !isLong) return null;
  if (change.current === 'failed') {
    return (
      <div className="pill" role="alert">
        <Icon name="warning" size={18} />
        <span>You are signed out.</span>
        <button type="button" className="text-button" onClick={() => parley.connect()}>
          Try again
        </button>
        <button type="button" className="text-button" onClick={leave}>
          Sign in
        </button>
      </div>
    );
  }
  // Nothing helps but the network, and the line may not know yet that it is gone.
  if (!isOnline) {
    return (
      <div className="pill" role="status">
        <Icon name="warning" size={18} />
        <span>You are offline. What you write is sent later.</span>
      </div>
    );
  }
  return (
    <div className="pill" role="status">
      <Icon name="warning" size={18} />
      <span>
        {change.current === 'connecting' ? 'Not connected yet.' : 'No connection.'}{' '}
        <Countdown retryInMs={change.retryInMs} />
      </span>
      <button type="button" className="text-button" onClick={() => parley.connect()}>
        Try now
      </button>
    </div>
  );
};

/** Counts down by itself from each change of the connection; readers hear of the change, not of the seconds. */
const Countdown = ({ retryInMs }: { retryInMs: number | undefined }) => {
  const now = useNow(250);
  const [until, setUntil] = useState<number>();
  useEffect(() => setUntil(retryInMs === undefined ? undefined : Date.now() + retryInMs), [retryInMs]);
  const seconds = until === undefined ? 0 : Math.ceil((until - now) / 1_000);
  if (seconds <= 0) return <>Trying now…</>;
  return (
    <>
      Trying again
      <span aria-hidden="true">
        {' '}
        in <span className="seconds">{seconds}</span> s
      </span>
      …
    </>
  );
};
