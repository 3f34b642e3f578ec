import { createContext, useContext } from 'react';
import type { Configuration } from '../configuration.ts';
import type { Account } from './accounts.ts';

/** Whose page this is. Known before the server has said so. */
export type Me = Account['user'] & { configuration: Configuration } & {
  /** Shows another account of this browser. */
  change(account: Account): void;
  /** To the choice of accounts; this one stays signed in. */
  leave(): void;
  signOut(): void;
};

export const MeContext = createContext<Me | undefined>(undefined);

export const useSelf = (): Me => {
  const me = useContext(MeContext);
  if (!me) throw new Error('nobody is signed in here');
  return me;
};
