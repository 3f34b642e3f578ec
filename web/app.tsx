import { useCallback, useState } from 'react';
import { type Account, currentAccount, keepAccount, leaveAccount } from './account/accounts.ts';
import { SignedIn } from './account/signed-in.tsx';
import type { Configuration } from './configuration.ts';
import { SignIn } from './door/sign-in.tsx';
import { close } from './shell/route.ts';

/** Somebody's conversations, or the choice of whose. */
export const App = ({ configuration }: { configuration: Configuration }) => {
  const [account, setAccount] = useState<Account | undefined>(currentAccount);
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
  const leave = useCallback(() => {
    leaveAccount();
    close();
    setAccount(undefined);
  }, []);

  if (!account) return <SignIn configuration={configuration} onEnter={enter} />;
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
