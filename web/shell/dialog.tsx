import { type ReactNode, useEffect, useRef } from 'react';
import { Icon } from './icon.tsx';

type Props = { title: string; onClose: () => void; children: ReactNode };

/** A dialog over the page: it holds the focus, and Escape, its button or a click beside it close it. */
export const Dialog = ({ title, onClose, children }: Props) => {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    if (shown && !shown.open) shown.showModal();
    // By itself it would choose the button that closes.
    shown?.querySelector<HTMLElement>('.body input:not([readonly])')?.focus();
    return () => shown?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard has Escape
    <dialog
      ref={dialog}
      className="dialog"
      aria-label={title}
      onClose={onClose}
      onClick={({ target }) => target === dialog.current && onClose()}
    >
      <header>
        <h2>{title}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="body">{children}</div>
    </dialog>
  );
};
