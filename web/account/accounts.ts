/**
 * Who is signed in, in this browser and in this tab. Each account keeps its own token for all tabs; which account a tab
 * shows is its own affair, so that two tabs can be two people.
 */
export type Account = { user: { id: string; name: string }; token: string; expiresAt: number };

const place = 'parley.accounts';
const placeOfTab = 'parley.account';
const placeOfLast = 'parley.last';

const read = (): Record<string, Account> => {
  try {
    return JSON.parse(localStorage.getItem(place) ?? '{}');
  } catch {
    return {};
  }
};

export const allAccounts = (): Account[] => Object.values(read());

export const accountOf = (id: string): Account | undefined => read()[id];

/** Keeps a newer token of an account, for all tabs. */
export const renewAccount = (account: Account): void =>
  localStorage.setItem(place, JSON.stringify({ ...read(), [account.user.id]: account }));

/** Keeps a session, and shows it in this tab from now on. */
export const keepAccount = (account: Account): void => {
  renewAccount(account);
  chooseAccount(account.user.id);
};

const chooseAccount = (id: string): void => {
  sessionStorage.setItem(placeOfTab, id);
  localStorage.setItem(placeOfLast, id);
};

export const forgetAccount = (id: string): void => {
  const { [id]: _gone, ...others } = read();
  localStorage.setItem(place, JSON.stringify(others));
  if (localStorage.getItem(placeOfLast) === id) localStorage.removeItem(placeOfLast);
  sessionStorage.removeItem(placeOfTab);
};

/** Shows the choice of accounts in this tab. */
export const leaveAccount = (): void => sessionStorage.setItem(placeOfTab, '');

/** This tab's own; a new tab begins with the one that was chosen last. */
export const currentAccount = (): Account | undefined =>
  read()[sessionStorage.getItem(placeOfTab) ?? localStorage.getItem(placeOfLast) ?? ''];

/** Resolves with the account once another tab, or this one, keeps a newer token of it. */
export const renewedAccount = (id: string, stale: string, signal?: AbortSignal): Promise<Account> =>
  new Promise((resolve, reject) => {
    const ending = new AbortController();
    const look = () => {
      const account = accountOf(id);
      if (!account || account.token === stale) return;
      ending.abort();
      resolve(account);
    };
    signal?.addEventListener('abort', () => {
      ending.abort();
      reject(signal.reason);
    });
    addEventListener('storage', look, { signal: ending.signal });
    addEventListener('parley:signed-in', look, { signal: ending.signal });
    look();
  });
