import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { Icon } from './icon.tsx';

type Props = { title: string; onClose: () => void; children: ReactNode };

/** A dialog over the page: it holds the focus, and Escape, its button or a click beside it close it. */
export const Dialog = ({ title, onClose, children }: Props) => {
  const dialog = useRef<HTMLDialogElement>(null);
  // Its end comes while the dialog is still in the page: only then closing it gives the focus back.
  useLayoutEffect(() => {
    const shown = dialog.current;
    const before = document.activeElement;
    if (shown && !shown.open) shown.showModal();
    // By itself it would choose the button that closes.
    shown?.querySelector<HTMLElement>('.body input:not([readonly])')?.focus();
    return () => {
      shown?.close();
      // What is seen only near the focus cannot take it by itself.
      if (document.activeElement !== before) before?.closest<HTMLElement>('[tabindex]')?.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard has Escape
    <dialog
      ref={dialog}
      className="dialog"
      aria-label={title}
      // React lets it bubble, also from a dialog within this one.
      onClose={({ target }) => target === dialog.current && onClose()}
      onClick={({ target }) => target === dialog.current && onClose()}
    >
      <header>
        <h2>{title}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is too long is scrolled by keys, too */}
      <div className="body" tabIndex={0}>
        {children}
      </div>
    </dialog>
  );
};
