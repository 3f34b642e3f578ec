import { type GetToken, ParleyError } from '@parley/client/chat';
import { type Account, accountOf, renewedAccount } from './accounts.ts';

/**
 * Tokens of an account for its connection. The built-in issuer gives a new one for the password only: so `ask` is
 * called, and the connection waits until somebody, in whatever tab, has signed in again.
 */
export const tokensOf =
  (id: string, ask: (needed: boolean) => void): GetToken =>
  async ({ reason, signal }) => {
    const account = accountOf(id);
    if (!account) throw new ParleyError('unauthorized', 'signed out');
    if (reason === 'first' && account.expiresAt > Date.now()) {
      shown.set(id, account.token);
      return account.token;
    }
    const stale = shown.get(id) ?? account.token;
    ask(true);
    try {
      const renewed: Account = await renewedAccount(id, stale, signal);
      shown.set(id, renewed.token);
      return renewed.token;
    } finally {
      ask(false);
    }
  };

/** The token that each account's connection was given last. */
const shown = new Map<string, string>();
