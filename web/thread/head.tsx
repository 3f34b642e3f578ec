import type { ConversationView } from '@parley/client/chat';
import { usePresence } from '@parley/client/react';
import { useMemo } from 'react';
import { useSelf } from '../account/me.ts';
import { Avatar } from '../people/avatar.tsx';
import { mayBeMore } from '../people/everybody.ts';
import { useTitle } from '../people/names.ts';
import { Icon } from '../shell/icon.tsx';
import { useNow } from '../shell/now.ts';
import { PopoverButton } from '../shell/popover.tsx';
import { ago } from '../shell/times.ts';
import { MonthJump } from './month-jump.tsx';

type Props = {
  view: ConversationView;
  isSearching: boolean;
  onSearch: () => void;
  onMonth: (month: string) => void;
  onDetails: () => void;
};

/** Whose conversation it is, how they are, and what can be done with all of it. */
export const Head = ({ view, isSearching, onSearch, onMonth, onDetails }: Props) => {
  const { id, peer, kind, items } = view;
  const title = useTitle(view);
  const watched = useMemo(() => (peer === undefined ? [] : [peer]), [peer]);
  const presence = usePresence(watched).get(peer ?? '');
  return (
    <header className="bar thread-head">
      <a className="icon-button back" href="#/" aria-label="Back to the list">
        <Icon name="back" />
      </a>
      <button type="button" className="whose" onClick={onDetails}>
        <Avatar id={peer ?? id} name={title} kind={kind ?? 'direct'} online={presence?.online === true} />
        <span className="whose-words">
          <h1 className="line">
            <bdi>{title}</bdi>
          </h1>
          <span className="line hint">
            {peer === undefined ? (
              <Members view={view} />
            ) : presence?.online ? (
              'online'
            ) : (
              <LastSeen at={presence?.lastSeen} />
            )}
          </span>
        </span>
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label="Search in loaded messages"
        aria-pressed={isSearching}
        onClick={onSearch}
      >
        <Icon name="search" />
      </button>
      <PopoverButton icon="calendar" label="Jump to a month">
        {(close) => (
          <MonthJump
            at={items.at(-1)?.ts ?? Date.now()}
            onMonth={(chosen) => {
              close();
              onMonth(chosen);
            }}
          />
        )}
      </PopoverButton>
      <button type="button" className="icon-button" aria-label="Details" onClick={onDetails}>
        <Icon name="info" />
      </button>
    </header>
  );
};

const LastSeen = ({ at }: { at: number | undefined }) => {
  const now = useNow(30_000);
  return at === undefined ? 'offline' : `last seen ${ago(at, now)}`;
};

const shownMembers = 6;

const Members = ({ view }: { view: ConversationView }) => {
  const self = useSelf();
  const { members, kind } = view;
  if (members.length === 0) return kind === 'room' ? 'Room' : 'Group';
  const names = members.slice(0, shownMembers).map(({ user, name }) => (user === self.id ? 'You' : name));
  const others = members.length - names.length;
  return (
    <bdi>
      {names.join(', ')}
      {others > 0 && (mayBeMore(view) ? ' and more' : ` and ${others} more`)}
    </bdi>
  );
};
