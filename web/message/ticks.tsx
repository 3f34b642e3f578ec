import type { Message, Watermark } from '@parley/client/chat';
import './ticks.css';

export type Tick = 'waiting' | 'failed' | 'sent' | 'delivered' | 'read';

const words: Record<Tick, string> = {
  waiting: 'Not sent yet',
  failed: 'Not sent',
  sent: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
};

/** How far a message of one's own has come: delivered and read are said once that holds for everybody. */
export const tickOf = ({ state, seq }: Message, others: Watermark): Tick => {
  if (state === 'failed') return 'failed';
  if (state !== 'stored' || seq === undefined) return 'waiting';
  if (seq <= others.read) return 'read';
  return seq <= others.delivered ? 'delivered' : 'sent';
};

const shapes: Record<Tick, string> = {
  waiting: 'M8 3.2a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM8 5.6v2.7l1.8 1.2',
  failed: 'M8 3.2a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM8 5.6v3.2M8 10.8v.1',
  sent: 'M3.5 8.6l3 3 6-6.6',
  delivered: 'M1 8.6l3 3 6-6.6M7 10.6l1 1 6-6.6',
  read: 'M1 8.6l3 3 6-6.6M7 10.6l1 1 6-6.6',
};

export const Ticks = ({ tick }: { tick: Tick }) => (
  <span className={`ticks ${tick}`} role="img" aria-label={words[tick]} title={words[tick]}>
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <path
        d={shapes[tick]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  </span>
);
