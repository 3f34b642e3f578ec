import type { Attempt } from '../../lib/conversations/port.ts';
import { type AppendUses, append } from '../../lib/entries/append.ts';
import { create, groupId } from '../../lib/entries/create.ts';
import { isSame } from '../../lib/entries/draft.ts';
import { isUnavailable } from '../../lib/errors.ts';
import { aKey, aText, aUser } from '../people.ts';

/** A conversation in which everybody writes at once, and what became of it. */
type Tally = { stored: number; taken: number; refused: number };

export const members = 48;

/** The ports, with the turn left aside where it is to be, and numbers that were found taken counted. */
const watched = (app: AppendUses, turn: boolean, tally: Tally): AppendUses => ({
  ...app,
  conversations: {
    ...app.conversations,
    enter: (attempt: Attempt) => app.conversations.enter(turn ? attempt : { ...attempt, turn: false }),
  },
  messages: {
    ...app.messages,
    append: async (entry) => {
      const said = await app.messages.append(entry);
      if (typeof said === 'object' && !isSame(said, entry)) tally.taken++;
      return said;
    },
  },
});

/** Founds a group; what is returned sends one message of a member, as often as it takes. */
export const openGroup = async (app: AppendUses, turn: boolean) => {
  const users = Array.from({ length: members }, aUser) as [ReturnType<typeof aUser>];
  const [creator] = users;
  const id = groupId(creator, aKey());
  await create(app, { id, kind: 'group', title: 'hot', creator, members: users });

  const tally: Tally = { stored: 0, taken: 0, refused: 0 };
  const ports = watched(app, turn, tally);
  let head = 1;
  const send = async (member: number): Promise<void> => {
    const from = users[member] ?? creator;
    const draft = {
      type: 'message.new' as const,
      conversation: id,
      from,
      key: aKey(),
      messageType: 'text',
      text: aText(),
    };
    const after = head;
    for (;;) {
      try {
        const { stored, meanwhile } = await append(ports, {
          conversation: id,
          by: draft,
          prepare: async () => ({ draft }),
          after,
        });
        await meanwhile?.();
        head = Math.max(head, stored.seq);
        tally.stored++;
        return;
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        tally.refused++;
      }
    }
  };
  return { send, tally };
};
