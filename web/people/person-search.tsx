import { nameLimit } from '@parley/client/chat';
import { useParley } from '@parley/client/react';
import { useId, useState } from 'react';
import { explain } from '../account/explain.ts';
import { useSelf } from '../account/me.ts';
import './people.css';

export type Person = { id: string; name: string };

type OnFound = (person: Person) => void | Promise<void>;

/** Finds a person by the whole name: there is no list of everybody. */
export const usePersonSearch = (onFound: OnFound) => {
  const parley = useParley();
  const self = useSelf();
  const [name, setName] = useState('');
  const [wrong, setWrong] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  /** Whom the name leads to, or nobody where there is none; `undefined` where it says what is wrong. */
  const find = async (): Promise<Person[] | undefined> => {
    const wanted = name.trim();
    if (!wanted) return [];
    setBusy(true);
    setWrong(undefined);
    try {
      const [person] = await parley.users.find({ name: wanted });
      if (!person) setWrong('Nobody has that name. Names are matched whole.');
      else if (person.id === self.id) setWrong('That is you.');
      else {
        await onFound(person);
        setName('');
        return [person];
      }
    } catch (error) {
      setWrong(explain(error));
    } finally {
      setBusy(false);
    }
    return undefined;
  };
  return { name, setName, wrong, isBusy, find };
};

type LookProps = {
  label: string;
  action: string;
  /** To find somebody is all that is asked here. */
  isMain?: boolean;
};

type Props = LookProps & { onFound: OnFound };

export const PersonSearch = ({ onFound, ...props }: Props) => (
  <PersonField {...props} search={usePersonSearch(onFound)} />
);

type FieldProps = LookProps & { search: ReturnType<typeof usePersonSearch> };

/** For who has to know what stands in it. */
export const PersonField = ({ label, action, isMain = false, search }: FieldProps) => {
  const { name, setName, wrong, isBusy, find } = search;
  const id = useId();
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
