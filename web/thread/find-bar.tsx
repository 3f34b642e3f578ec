import type { Item, Message } from '@parley/client/chat';
import { useEffect, useMemo, useState } from 'react';
import { Icon } from '../shell/icon.tsx';
import { isComposing } from '../text/composing.ts';

type Props = {
  items: readonly Item[];
  wanted: string;
  onWanted: (wanted: string) => void;
  onShow: (seq: number) => void;
  onClose: () => void;
};

const seqsOf = (items: readonly Item[], wanted: string) => {
  const needle = wanted.toLowerCase();
  const holds = (item: Item): item is Message & { seq: number } =>
    item.kind === 'message' && item.seq !== undefined && item.text.toLowerCase().includes(needle);
  return needle ? items.filter(holds).map(({ seq }) => seq) : [];
};

/** Searches what is loaded, newest first. */
export const FindBar = ({ items, wanted, onWanted, onShow, onClose }: Props) => {
  const found = useMemo(() => seqsOf(items, wanted), [items, wanted]);
  const [shown, setShown] = useState<number>();
  const at = shown === undefined ? -1 : found.indexOf(shown);

  const show = (to: number) => {
    const seq = found[(to + found.length) % found.length];
    if (seq === undefined) return;
    setShown(seq);
    onShow(seq);
  };
  // The newest that fits is shown as one types, and not again when a message arrives.
  // biome-ignore lint/correctness/useExhaustiveDependencies: for each new word only
  useEffect(() => show(found.length - 1), [wanted]);

  const place = found.length === 0 ? 'Nothing found' : `${found.length - Math.max(at, 0)} of ${found.length}`;
  return (
    <search className="find-bar">
      <Icon name="search" size={17} />
      <input
        // biome-ignore lint/a11y/noAutofocus: opened in order to type
        autoFocus
        type="search"
        aria-label="Search in loaded messages"
        placeholder="Search in loaded messages"
        value={wanted}
        onChange={({ target }) => onWanted(target.value)}
        onKeyDown={(event) => {
          if (isComposing(event.nativeEvent)) return;
          if (event.key === 'Enter') show(event.shiftKey ? at + 1 : at - 1);
          else if (event.key === 'Escape') onClose();
          else return;
          event.preventDefault();
        }}
      />
      <span className="hint" role="status">
        {wanted && place}
      </span>
      <button
        type="button"
        className="icon-button"
        aria-label="Older"
        disabled={found.length === 0}
        onClick={() => show(at - 1)}
      >
        <Icon name="up" size={18} />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label="Newer"
        disabled={found.length === 0}
        onClick={() => show(at + 1)}
      >
        <Icon name="unfold" size={18} />
      </button>
      <button type="button" className="icon-button" aria-label="Close the search" onClick={onClose}>
        <Icon name="close" size={18} />
      </button>
    </search>
  );
};
