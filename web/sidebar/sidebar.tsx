import { useConversations, usePresence } from '@parley/client/react';
import { useRef, useState } from 'react';
import { AccountMenu } from '../account/account-menu.tsx';
import { Icon } from '../shell/icon.tsx';
import { useNow } from '../shell/now.ts';
import { isComposing } from '../text/composing.ts';
import { useFound } from './found.ts';
import { NewConversation } from './new-conversation.tsx';
import { Row } from './row.tsx';
import { useInSight } from './sight.ts';
import './sidebar.css';

type Props = { open: string | undefined; onHelp: () => void };

/** All conversations, newest activity first. */
export const Sidebar = ({ open, onHelp }: Props) => {
  const { items, hasMore, loading, loadMore } = useConversations();
  const [isMaking, setMaking] = useState(false);
  const [wanted, setWanted] = useState('');
  const now = useNow(30_000);
  const found = useFound(items, wanted);
  const list = useRef<HTMLElement>(null);
  const presence = usePresence(useInSight(list, found));

  return (
    <section className="sidebar" aria-label="Conversations">
      <header className="bar">
        <AccountMenu onHelp={onHelp} />
        <button
          type="button"
          className="icon-button"
          aria-label="New conversation"
          onClick={() => setMaking(true)}
        >
          <Icon name="add" />
        </button>
      </header>
      <div className="sidebar-search">
        <Icon name="search" size={17} />
        <input
          type="search"
          placeholder="Find a conversation"
          aria-label="Find a conversation"
          value={wanted}
          onChange={({ target }) => setWanted(target.value)}
          onKeyDown={(event) => {
            if (isComposing(event.nativeEvent)) return;
            const first = found[0];
            if (event.key === 'Enter' && first) location.hash = `#/${first.id}`;
            if (event.key === 'Enter' || event.key === 'Escape') setWanted('');
          }}
        />
      </div>
      <nav ref={list} aria-label="Conversations" className="sidebar-list">
        <ul>
          {found.map((summary) => (
            <li key={summary.id} data-peer={summary.peer}>
              <Row
                summary={summary}
                isOpen={summary.id === open}
                isOnline={summary.peer !== undefined && presence.get(summary.peer)?.online === true}
                now={now}
              />
            </li>
          ))}
        </ul>
        {loading && items.length === 0 && <Skeleton />}
        {!loading && items.length === 0 && (
          <div className="sidebar-empty">
            <p>No conversations yet.</p>
            <button type="button" className="button" onClick={() => setMaking(true)}>
              Start one
            </button>
          </div>
        )}
        {items.length > 0 && found.length === 0 && (
          <p className="sidebar-empty hint">
            {hasMore ? 'Nothing that is loaded is called that.' : 'Nothing is called that.'}
          </p>
        )}
        {hasMore && items.length > 0 && (
          <button
            type="button"
            className="text-button more"
            disabled={loading}
            // The button stays, and can be used again.
            onClick={() => void loadMore().catch(() => {})}
          >
            Show more
          </button>
        )}
      </nav>
      {isMaking && <NewConversation onClose={() => setMaking(false)} />}
    </section>
  );
};

/** Stands where rows will be, in their size: nothing moves when they come. */
const Skeleton = () => (
  <div aria-hidden="true" className="skeleton">
    {[64, 48, 72, 56, 40].map((width) => (
      <div key={width}>
        <span />
        <span style={{ width: `${width}%` }} />
      </div>
    ))}
  </div>
);
