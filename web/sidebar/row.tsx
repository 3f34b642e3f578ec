import type { ConversationSummary } from '@parley/client/chat';
import { memo } from 'react';
import { Avatar } from '../people/avatar.tsx';
import { useTitle } from '../people/names.ts';
import { addressOf } from '../shell/route.ts';
import { momentOf, whenShort } from '../shell/times.ts';
import { Preview } from './preview.tsx';

type Props = { summary: ConversationSummary; isOpen: boolean; isOnline: boolean; now: number };

/** One conversation of the list. */
export const Row = memo(({ summary, isOpen, isOnline, now }: Props) => {
  const { id, kind, peer, unread, activeAt } = summary;
  const title = useTitle(summary);
  const count = unread.count > 0 && !isOpen ? unread.count : 0;
  return (
    <a
      href={addressOf(id)}
      className={`row ${count > 0 ? 'unread' : ''}`}
      aria-current={isOpen ? 'page' : undefined}
      draggable={false}
    >
      <Avatar id={peer ?? id} name={title} kind={kind ?? 'direct'} online={isOnline} />
      <span className="row-words">
        <span className="row-line">
          <bdi className="line row-title">{title}</bdi>
          {isOnline && <span className="unseen">, online</span>}
          <time className="row-time" dateTime={new Date(activeAt).toISOString()} title={momentOf(activeAt)}>
            {whenShort(activeAt, now)}
          </time>
        </span>
        <span className="row-line">
          <Preview summary={summary} isOpen={isOpen} />
          {count > 0 && (
            <span className="count">
              {count}
              {unread.more ? '+' : ''}
              <span className="unseen"> unread</span>
            </span>
          )}
        </span>
      </span>
    </a>
  );
});
