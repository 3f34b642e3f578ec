import { signIn } from '@parley/client/account';
import { useState } from 'react';
import { keepAccount } from '../account/accounts.ts';
import { explain } from '../account/explain.ts';
import { useSelf } from '../account/me.ts';
import { Dialog } from '../shell/dialog.tsx';
import { Icon } from '../shell/icon.tsx';

/** The session is over, or soon will be: the password again, and everything goes on where it was. */
export const Again = () => {
  const { name, configuration, leave } = useSelf();
  const demo = configuration.demo?.find((user) => user.name === name);
  const [isOpen, setOpen] = useState(true);
  const [wrong, setWrong] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const enter = async (form: FormData) => {
    setBusy(true);
    try {
      const password = String(form.get('password'));
      keepAccount(await signIn({ httpUrl: configuration.httpUrl, name, password }));
      dispatchEvent(new Event('parley:signed-in'));
    } catch (error) {
      setWrong(explain(error));
    } finally {
      setBusy(false);
    }
  };

  if (!isOpen) {
    return (
      <div className="pill" role="status">
        <Icon name="info" size={18} /> Your session has ended.
        <button type="button" className="text-button" onClick={() => setOpen(true)}>
          Sign in again
        </button>
      </div>
    );
  }
  return (
    <Dialog title="Sign in again" onClose={() => setOpen(false)}>
      <p className="hint">
        Your session has ended. Sign in to go on as <bdi>{name}</bdi>; nothing that you wrote is lost.
      </p>
      <form
        className="sign-in-form"
        onSubmit={(event) => {
          event.preventDefault();
          void enter(new FormData(event.currentTarget));
        }}
      >
        <input type="text" name="name" value={name} autoComplete="username" readOnly hidden />
        <label className="field">
          <span>Password</span>
          <input
            className="input"
            type="password"
            name="password"
            autoComplete="current-password"
            defaultValue={demo?.password}
            required
            aria-invalid={wrong !== undefined}
          />
        </label>
        {wrong && (
          <p className="wrong" role="alert">
            {wrong}
          </p>
        )}
        <div className="actions">
          <button type="button" className="button plain" onClick={leave}>
            Another account
          </button>
          <button type="submit" className="button" disabled={isBusy}>
            Sign in
          </button>
        </div>
      </form>
    </Dialog>
  );
};
