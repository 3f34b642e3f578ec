import { useConnection } from '@parley/client/react';
import { memo, useRef, useState } from 'react';
import { Avatar } from '../people/avatar.tsx';
import { Icon } from '../shell/icon.tsx';
import { useOnline } from '../shell/online.ts';
import { Popover } from '../shell/popover.tsx';
import { applyTheme, chosenTheme, themes } from '../shell/theme.ts';
import { type Account, allAccounts } from './accounts.ts';
import { Devices } from './devices.tsx';
import { useSelf } from './me.ts';
import './account-menu.css';

/** Who one is, and what belongs to that: other accounts, devices, the theme, the way out. */
export const AccountMenu = memo(({ onHelp }: { onHelp: () => void }) => {
  const self = useSelf();
  const { current } = useConnection();
  const isOnline = useOnline() && current === 'connected';
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [isListing, setListing] = useState(false);
  const [theme, setTheme] = useState(chosenTheme);
  const isOther = ({ user, expiresAt }: Account) => user.id !== self.id && expiresAt > Date.now();
  const others = isOpen ? allAccounts().filter(isOther) : [];
  const then = (act: () => void) => () => {
    setOpen(false);
    act();
  };

  return (
    <>
      <button
        ref={button}
        type="button"
        className="account"
        aria-expanded={isOpen}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        <Avatar id={self.id} name={self.name} size="small" online={isOnline} />
        <bdi className="line">{self.name}</bdi>
        <Icon name="unfold" size={16} />
        <span className="unseen">, account</span>
      </button>
      {isOpen && (
        <Popover anchor={button} label="Account" className="menu" onClose={() => setOpen(false)}>
          {others.map((other) => (
            <button
              key={other.user.id}
              type="button"
              className="menu-item"
              onClick={then(() => self.change(other))}
            >
              <Avatar id={other.user.id} name={other.user.name} size="small" />
              <span className="line">
                Change to <bdi>{other.user.name}</bdi>
              </span>
            </button>
          ))}
          <button type="button" className="menu-item" onClick={then(self.leave)}>
            <Icon name="person" /> Another account
          </button>
          <hr />
          <fieldset className="themes">
            <legend className="unseen">Theme</legend>
            {themes.map((one) => (
              <button
                key={one}
                type="button"
                className="button small plain"
                aria-pressed={one === theme}
                onClick={() => {
                  applyTheme(one);
                  setTheme(one);
                }}
              >
                {{ system: 'System', light: 'Light', dark: 'Dark' }[one]}
              </button>
            ))}
          </fieldset>
          <button type="button" className="menu-item" onClick={then(() => setListing(true))}>
            <Icon name="device" /> Devices
          </button>
          <button type="button" className="menu-item" onClick={then(onHelp)}>
            <Icon name="help" /> Keyboard
          </button>
          <hr />
          <button type="button" className="menu-item danger" onClick={then(self.signOut)}>
            <Icon name="leave" /> Sign out
          </button>
        </Popover>
      )}
      {isListing && <Devices onClose={() => setListing(false)} />}
    </>
  );
});
