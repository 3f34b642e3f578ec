import { useCallback, useState } from 'react';
import { type Account, currentAccount, keepAccount, leaveAccount } from './account/accounts.ts';
import { SignedIn } from './account/signed-in.tsx';
import type { Configuration } from './configuration.ts';
import { SignIn } from './door/sign-in.tsx';
import { close } from './shell/route.ts';

/** Somebody's conversations, or the choice of whose. */
export const App = ({ configuration }: { configuration: Configuration }) => {
  const [account, setAccount] = useState<Account | undefined>(currentAccount);
  const [why, setWhy] = useState<string>();
  const enter = useCallback((chosen: Account) => {
    keepAccount(chosen);
    setAccount(chosen);
  }, []);
  const change = useCallback(
    (chosen: Account) => {
      close();
      enter(chosen);
    },
    [enter],
  );
  const leave = useCallback((reason?: string) => {
    leaveAccount();
    close();
    setWhy(reason);
    setAccount(undefined);
  }, []);

  if (!account) return <SignIn configuration={configuration} why={why} onEnter={enter} />;
  return (
    <SignedIn
      key={account.user.id}
      account={account}
      configuration={configuration}
      onChange={change}
      onLeave={leave}
    />
  );
};
