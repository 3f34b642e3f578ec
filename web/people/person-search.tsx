import { nameLimit } from '@parley/client/chat';
import { useParley } from '@parley/client/react';
import { useId, useState } from 'react';
import { explain } from '../account/explain.ts';
import { useSelf } from '../account/me.ts';
import './people.css';

export type Person = { id: string; name: string };

type Props = {
  label: string;
  action: string;
  /** To find somebody is all that is asked here. */
  isMain?: boolean;
  onFound: (person: Person) => void | Promise<void>;
};

/** Finds a person by the whole name: there is no list of everybody. */
export const PersonSearch = ({ label, action, isMain = false, onFound }: Props) => {
  const parley = useParley();
  const self = useSelf();
  const id = useId();
  const [name, setName] = useState('');
  const [wrong, setWrong] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const find = async () => {
    const wanted = name.trim();
    if (!wanted) return;
    setBusy(true);
    setWrong(undefined);
    try {
      const [person] = await parley.users.find({ name: wanted });
      if (!person) setWrong('Nobody has that name. Names are matched whole.');
      else if (person.id === self.id) setWrong('That is you.');
      else {
        await onFound(person);
        setName('');
      }
    } catch (error) {
      setWrong(explain(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      className="field"
      onSubmit={(event) => {
        event.preventDefault();
        void find();
      }}
    >
      <label htmlFor={id}>{label}</label>
      <div className="beside">
        <input
          id={id}
          className="input"
          value={name}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          maxLength={nameLimit}
          aria-invalid={wrong !== undefined}
          onChange={({ target }) => setName(target.value)}
        />
        <button type="submit" className={`button ${isMain ? '' : 'plain'}`} disabled={isBusy || !name.trim()}>
          {action}
        </button>
      </div>
      <p className="wrong" role="alert">
        {wrong}
      </p>
    </form>
  );
};
