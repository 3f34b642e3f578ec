import type { ChatConversation, ConversationView, Member, Role } from '@parley/client/chat';
import { useEffect, useState } from 'react';
import { explain } from '../account/explain.ts';
import { useSelf } from '../account/me.ts';
import { Avatar } from '../people/avatar.tsx';
import { everybody, mayBeMore } from '../people/everybody.ts';
import { visible } from '../people/names.ts';
import { PersonSearch } from '../people/person-search.tsx';
import { Leave } from './leave.tsx';

type Props = { view: ConversationView; conversation: ChatConversation; mayManage: boolean };

/** Who belongs to a group or a room; its owner and admins change that. */
export const Members = ({ view, conversation, mayManage }: Props) => {
  const [wrong, setWrong] = useState<string>();
  const [all, setAll] = useState<readonly Member[]>();
  // Whenever they change the view has its members anew.
  const { members } = view;
  useEffect(() => {
    if (!mayBeMore({ members })) return setAll(undefined);
    let isOver = false;
    everybody(conversation).then(
      (found) => isOver || setAll(found),
      (error) => isOver || setWrong(explain(error)),
    );
    return () => {
      isOver = true;
    };
  }, [conversation, members]);
  const attempt = async (doing: Promise<unknown>) => {
    setWrong(undefined);
    try {
      await doing;
    } catch (error) {
      setWrong(explain(error));
    }
  };
  return (
    <section className="members" aria-label="Members">
      <h3>Members</h3>
      {mayManage && (
        <PersonSearch
          label="Add somebody"
          action="Add"
          onFound={async ({ id }) => void (await conversation.add(id))}
        />
      )}
      <ul className="people">
        {(all ?? members).map((member) => (
          <One
            key={member.user}
            member={member}
            own={view.role}
            onRole={(role) => void attempt(conversation.changeRole(member.user, role))}
            onRemove={() => void attempt(conversation.remove(member.user))}
          />
        ))}
      </ul>
      <p className="wrong" role="alert">
        {wrong}
      </p>
      <Leave view={view} conversation={conversation} />
    </section>
  );
};

const roles: Record<Role, string> = { owner: 'Owner', admin: 'Admin', member: 'Member' };

type OneProps = {
  member: Member;
  own: Role | undefined;
  onRole: (role: Role) => void;
  onRemove: () => void;
};

const One = ({ member, own, onRole, onRemove }: OneProps) => {
  const self = useSelf();
  const { user, role } = member;
  const name = visible(member.name) ?? user;
  const mayRemove = user !== self.id && (own === 'owner' || (own === 'admin' && role === 'member'));
  return (
    <li>
      <Avatar id={user} name={name} size="small" />
      <span className="grow line">
        <bdi>{name}</bdi>
        {user === self.id && <span className="hint"> (you)</span>}
      </span>
      {own === 'owner' && user !== self.id ? (
        <select
          className="role"
          aria-label={`Role of ${name}`}
          value={role}
          onChange={({ target }) => onRole(target.value as Role)}
        >
          {Object.entries(roles).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      ) : (
        <span className="hint">{roles[role]}</span>
      )}
      {mayRemove && (
        <button
          type="button"
          className="button small danger"
          aria-label={`Remove ${name}`}
          onClick={onRemove}
        >
          Remove
        </button>
      )}
    </li>
  );
};
