import { renew } from '@parley/client/account';
import { type GetToken, ParleyError } from '@parley/client/chat';
import { type Account, accountOf, renewAccount, renewedAccount } from './accounts.ts';

/**
 * Tokens of an account for its connection, each renewed for all tabs before it ends. One that is good no more is
 * exchanged for the password only: so `ask` is called, and the connection waits until somebody, in whatever tab, has
 * signed in again.
 */
export const tokensOf =
  (id: string, httpUrl: string, ask: (needed: boolean) => void): GetToken =>
  async ({ reason, signal }) => {
    const account = accountOf(id);
    if (!account) throw new ParleyError('unauthorized', 'signed out');
    const give = ({ token }: Account) => {
      shown.set(id, token);
      return token;
    };
    const isGood = account.expiresAt > Date.now();
    // Another tab may have renewed it already.
    if (isGood && (reason === 'first' || account.token !== shown.get(id))) return give(account);
    try {
      const renewed = await renew({ httpUrl, token: account.token, signal });
      if (accountOf(id)) renewAccount(renewed);
      return give(renewed);
    } catch (error) {
      if (!(error instanceof ParleyError) || error.retryable || signal.aborted) throw error;
    }
    ask(true);
    try {
      return give(await renewedAccount(id, account.token, signal));
    } finally {
      ask(false);
    }
  };

/** The token that each account's connection was given last. */
const shown = new Map<string, string>();

/** Whether the token that is kept is the one this tab has shown: another tab may have signed in anew. */
export const isShown = (id: string): boolean => accountOf(id)?.token === shown.get(id);
