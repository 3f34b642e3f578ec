import { useSyncExternalStore } from 'react';

/** The open conversation is in the address: so the way back, a reload and a link all lead where one expects. */
const subscribe = (listener: () => void) => {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
};

const isConversation = /^#\/([dg]:[\w-]{22})$/;
const current = () => isConversation.exec(location.hash)?.[1];

export const useOpen = (): string | undefined => useSyncExternalStore(subscribe, current);

export const addressOf = (conversation: string): string => `#/${conversation}`;

export const open = (conversation: string): void => {
  location.hash = addressOf(conversation);
};

/** To the list, as the way back leads. */
export const close = (): void => {
  if (current()) location.hash = '#/';
};
