import { useSyncExternalStore } from 'react';

/** What somebody began to write, by conversation. It outlives a reload. */
const placeOf = (user: string, conversation: string) => `parley.draft.${user}.${conversation}`;

export const draftOf = (user: string, conversation: string): string =>
  localStorage.getItem(placeOf(user, conversation)) ?? '';

export const keepDraft = (user: string, conversation: string, text: string): void => {
  if (text.trim()) localStorage.setItem(placeOf(user, conversation), text);
  else localStorage.removeItem(placeOf(user, conversation));
};

/** Other tabs' drafts. This one writes in the open conversation alone, whose draft is nowhere but in its composer. */
const subscribe = (listener: () => void) => {
  addEventListener('storage', listener);
  return () => removeEventListener('storage', listener);
};

/** What was begun and left, for the list: read anew whenever its row is rendered. */
export const useDraft = (user: string, conversation: string, isOpen: boolean): string =>
  useSyncExternalStore(subscribe, () => (isOpen ? '' : draftOf(user, conversation)));
