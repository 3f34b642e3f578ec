import { createContext, createElement, type ReactNode, useContext } from 'react';
import type { Chat } from '../types/parley.ts';

const Context = createContext<Chat | undefined>(undefined);

/** Gives a connection to everything below it. Opening and closing it stays with whoever made it. */
export const ParleyProvider = ({ parley, children }: { parley: Chat; children?: ReactNode }): ReactNode =>
  createElement(Context.Provider, { value: parley }, children);

/** The connection of the nearest provider. Throws where there is none. */
export const useParley = (): Chat => {
  const parley = useContext(Context);
  if (!parley) throw new Error('useParley needs a ParleyProvider above it');
  return parley;
};
