import { type ReactNode, type RefObject, useLayoutEffect, useRef, useState } from 'react';
import { Icon, type IconName } from './icon.tsx';

type Props = {
  /** What it stands beside. */
  anchor: RefObject<HTMLElement | null>;
  label: string;
  className?: string;
  onClose: () => void;
  children: ReactNode;
};

const gap = 6;
const margin = 8;

/** Above or below, wherever there is room, and always within the window. */
const place = (popover: HTMLElement, anchor: HTMLElement) => {
  const [box, at] = [popover.getBoundingClientRect(), anchor.getBoundingClientRect()];
  const isBelow = at.bottom + gap + box.height < innerHeight - margin || at.top < innerHeight / 2;
  const top = isBelow ? at.bottom + gap : at.top - gap - box.height;
  const left = at.left + box.width < innerWidth - margin ? at.left : at.right - box.width;
  popover.style.top = `${Math.max(margin, Math.min(top, innerHeight - margin - box.height))}px`;
  popover.style.left = `${Math.max(margin, Math.min(left, innerWidth - margin - box.width))}px`;
};

/** Something small beside a control; a click elsewhere or Escape closes it. */
export const Popover = ({ anchor, label, className = '', onClose, children }: Props) => {
  const popover = useRef<HTMLDivElement>(null);
  // Its end comes before a dialog that it led to opens, which remembers where the focus was.
  useLayoutEffect(() => {
    const shown = popover.current;
    if (!shown || !anchor.current) return;
    shown.showPopover();
    place(shown, anchor.current);
    shown.querySelector<HTMLElement>('button, input')?.focus();
    const back = anchor.current;
    return () => {
      if (shown.contains(document.activeElement) || document.activeElement === document.body) back.focus();
    };
  }, [anchor]);
  return (
    <div
      ref={popover}
      popover="auto"
      role="dialog"
      aria-label={label}
      className={`popover ${className}`}
      onToggle={({ newState }) => newState === 'closed' && onClose()}
    >
      {children}
    </div>
  );
};

type ButtonProps = { icon: IconName; label: string; children: (close: () => void) => ReactNode };

/** An icon that opens something small beside it, of the same name. */
export const PopoverButton = ({ icon, label, children }: ButtonProps) => {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button"
        aria-label={label}
        aria-expanded={isOpen}
        onClick={() => setOpen(true)}
      >
        <Icon name={icon} />
      </button>
      {isOpen && (
        <Popover anchor={button} label={label} onClose={close}>
          {children(close)}
        </Popover>
      )}
    </>
  );
};
