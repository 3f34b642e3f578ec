import { type ChatConversation, titleLimit } from '@parley/client/chat';
import { useParley } from '@parley/client/react';
import { useId, useState } from 'react';
import { explain } from '../account/explain.ts';
import { type Person, PersonField, PersonSearch, usePersonSearch } from '../people/person-search.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { Icon } from '../shell/icon.tsx';
import { open } from '../shell/route.ts';
import './new-conversation.css';

const kinds = { direct: 'Person', group: 'Group', room: 'Room' } as const;
type Kind = keyof typeof kinds;

/** The way to a person, or to a new group or room. */
export const NewConversation = ({ onClose }: { onClose: () => void }) => {
  const parley = useParley();
  const [kind, setKind] = useState<Kind>('direct');
  const show = ({ id }: Pick<ChatConversation, 'id'>) => {
    onClose();
    open(id);
  };
  return (
    <Dialog title="New conversation" onClose={onClose}>
      <fieldset className="kinds">
        <legend className="unseen">What kind</legend>
        {(Object.keys(kinds) as Kind[]).map((one) => (
          <button key={one} type="button" aria-pressed={one === kind} onClick={() => setKind(one)}>
            <Icon name={({ direct: 'person', group: 'group', room: 'hash' } as const)[one]} size={18} />
            {kinds[one]}
          </button>
        ))}
      </fieldset>
      {kind === 'direct' && (
        <PersonSearch
          key="direct"
          label="Their name"
          action="Open"
          isMain
          onFound={async ({ id }) => show(await parley.direct(id))}
        />
      )}
      {kind === 'group' && <NewGroup onMade={show} />}
      {kind === 'room' && <NewRoom onMade={show} />}
    </Dialog>
  );
};

type Making = { onMade: (conversation: Pick<ChatConversation, 'id'>) => void };

const useMaking = ({ onMade }: Making) => {
  const [wrong, setWrong] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const make = async (making: Promise<Pick<ChatConversation, 'id'>>) => {
    setBusy(true);
    try {
      onMade(await making);
    } catch (error) {
      setWrong(explain(error));
      setBusy(false);
    }
  };
  return { wrong, isBusy, make };
};

type TitleProps = { form: string; value: string; onChange: (value: string) => void; onDone: () => void };

/** A form of its own, whose button comes later: between them is the one that looks for members. */
const Title = ({ form, value, onChange, onDone }: TitleProps) => (
  <form
    id={form}
    onSubmit={(event) => {
      event.preventDefault();
      onDone();
    }}
  >
    <label className="field">
      <span>Title</span>
      <input
        className="input"
        value={value}
        maxLength={titleLimit}
        onChange={({ target }) => onChange(target.value)}
      />
    </label>
  </form>
);

const NewGroup = (props: Making) => {
  const parley = useParley();
  const { wrong, isBusy, make } = useMaking(props);
  const [title, setTitle] = useState('');
  const [people, setPeople] = useState<Person[]>([]);
  const search = usePersonSearch((person) =>
    setPeople((now) => [...now.filter(({ id }) => id !== person.id), person]),
  );
  const create = async () => {
    // Who was named and not added yet is meant too.
    const more = await search.find();
    if (!more) return;
    const members = new Set([...people, ...more].map(({ id }) => id));
    await make(parley.createGroup(title.trim(), [...members]));
  };
  const form = useId();
  return (
    <>
      <Title form={form} value={title} onChange={setTitle} onDone={() => void create()} />
      <PersonField label="Members" action="Add" search={search} />
      {people.length > 0 && (
        <ul className="chips" aria-label="Members">
          {people.map(({ id, name }) => (
            <li key={id}>
              <button
                type="button"
                className="chip"
                onClick={() => setPeople((now) => now.filter((person) => person.id !== id))}
              >
                <bdi className="line">{name}</bdi>
                <Icon name="close" size={16} />
                <span className="unseen">, remove</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <Finish
        form={form}
        label="Create group"
        wrong={wrong}
        isDisabled={isBusy || search.isBusy || !title.trim()}
      />
    </>
  );
};

const NewRoom = (props: Making) => {
  const parley = useParley();
  const { wrong, isBusy, make } = useMaking(props);
  const [title, setTitle] = useState('');
  const form = useId();
  return (
    <>
      <p className="hint">Anyone who has a room's link may join. You find the link in the room's details.</p>
      <Title
        form={form}
        value={title}
        onChange={setTitle}
        onDone={() => void make(parley.createRoom(title.trim()))}
      />
      <Finish form={form} label="Create room" wrong={wrong} isDisabled={isBusy || !title.trim()} />
    </>
  );
};

type FinishProps = { form: string; label: string; wrong: string | undefined; isDisabled: boolean };

const Finish = ({ form, label, wrong, isDisabled }: FinishProps) => (
  <div className="find">
    <p className="wrong" role="alert">
      {wrong}
    </p>
    <button type="submit" form={form} className="button" disabled={isDisabled}>
      {label}
    </button>
  </div>
);
