import { useSyncExternalStore } from 'react';

/** What somebody began to write, by conversation. It outlives a reload. */
const placeOf = (user: string, conversation: string) => `parley.draft.${user}.${conversation}`;

const listeners = new Set<() => void>();
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export const draftOf = (user: string, conversation: string): string =>
  localStorage.getItem(placeOf(user, conversation)) ?? '';

export const keepDraft = (user: string, conversation: string, text: string): void => {
  if (text.trim()) localStorage.setItem(placeOf(user, conversation), text);
  else localStorage.removeItem(placeOf(user, conversation));
};

/** The list shows drafts of what one has left: it is told then, and not at each key. */
export const tellOfDrafts = (): void => {
  for (const listener of listeners) listener();
};

const shown = new Map<string, string>();

export const useDraft = (user: string, conversation: string): string =>
  useSyncExternalStore(
    (listener) =>
      subscribe(() => {
        shown.set(placeOf(user, conversation), draftOf(user, conversation));
        listener();
      }),
    () => {
      const place = placeOf(user, conversation);
      if (!shown.has(place)) shown.set(place, draftOf(user, conversation));
      return shown.get(place) ?? '';
    },
  );
