import { register, signIn } from '@parley/client/account';
import { nameLimit } from '@parley/client/chat';
import { useState } from 'react';
import { type Account, allAccounts } from '../account/accounts.ts';
import { explain } from '../account/explain.ts';
import type { Configuration } from '../configuration.ts';
import { Avatar } from '../people/avatar.tsx';
import './sign-in.css';

type Props = {
  configuration: Configuration;
  /** Why somebody stands here who did not mean to. */
  why: string | undefined;
  onEnter: (account: Account) => void;
};

/** The door: accounts of this browser, a name and a password, or the demo users. */
export const SignIn = ({ configuration, why, onEnter }: Props) => {
  const { httpUrl, demo = [] } = configuration;
  const [isNew, setNew] = useState(false);
  const [wrong, setWrong] = useState(why);
  const [isBusy, setBusy] = useState(false);
  const known = allAccounts().filter(({ expiresAt }) => expiresAt > Date.now());

  const enter = async (name: string, password: string, asking: typeof signIn) => {
    setBusy(true);
    setWrong(undefined);
    try {
      onEnter(await asking({ httpUrl, name, password }));
    } catch (error) {
      setWrong(explain(error));
      setBusy(false);
    }
  };

  return (
    <main className="sign-in">
      <div className="door">
        <header>
          <img src="/icon.svg" alt="" width="44" height="44" />
          <h1>Parley</h1>
          <p className="hint">{isNew ? 'A name and a password are all it takes.' : 'Sign in to go on.'}</p>
        </header>

        {known.length > 0 && (
          <ul className="known" aria-label="Accounts in this browser">
            {known.map((account) => (
              <li key={account.user.id}>
                <button type="button" className="person" onClick={() => onEnter(account)}>
                  <Avatar id={account.user.id} name={account.user.name} size="small" />
                  <span className="line">
                    Go on as <bdi>{account.user.name}</bdi>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}

        <form
          className="sign-in-form"
          onSubmit={(event) => {
            event.preventDefault();
            const form = new FormData(event.currentTarget);
            const asking = isNew ? register : signIn;
            void enter(String(form.get('name')).trim(), String(form.get('password')), asking);
          }}
        >
          <label className="field">
            <span>Name</span>
            <input
              className="input"
              name="name"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              maxLength={nameLimit}
            />
          </label>
          <label className="field">
            <span>Password</span>
            <input
              className="input"
              type="password"
              name="password"
              autoComplete={isNew ? 'new-password' : 'current-password'}
              minLength={isNew ? 8 : undefined}
              required
            />
            {isNew && <small className="hint">At least 8 characters.</small>}
          </label>
          <p className="wrong" role="alert">
            {wrong}
          </p>
          <button type="submit" className="button" disabled={isBusy}>
            {isNew ? 'Create account' : 'Sign in'}
          </button>
        </form>

        <p className="hint other-way">
          {isNew ? 'You have an account?' : 'New here?'}{' '}
          <button
            type="button"
            className="text-button"
            onClick={() => {
              setNew(!isNew);
              setWrong(undefined);
            }}
          >
            {isNew ? 'Sign in' : 'Create an account'}
          </button>
        </p>

        {demo.length > 0 && (
          <section className="demo" aria-labelledby="demo-title">
            <h2 id="demo-title" className="hint">
              Or look around as somebody from the demo
            </h2>
            <div>
              {demo.map(({ name, password }) => (
                <button
                  key={name}
                  type="button"
                  className="button plain"
                  disabled={isBusy}
                  onClick={() => void enter(name, password, signIn)}
                >
                  <Avatar id={name} name={name} size="small" /> {name}
                </button>
              ))}
            </div>
          </section>
        )}
      </div>
    </main>
  );
};
