import { useState } from 'react';

/** The link by which anyone signed in may join a room. */
export const Invitation = () => {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(location.href);
    setCopied(true);
  };
  return (
    <div className="field">
      <span>Invite with this link</span>
      <div className="beside">
        <input className="input" readOnly aria-label="Link" value={location.href} />
        <button type="button" className="button plain" onClick={() => void copy()}>
          {isCopied ? 'Copied' : 'Copy'}
        </button>
      </div>
    </div>
  );
};
