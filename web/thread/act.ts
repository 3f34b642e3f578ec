import type { ChatConversation, Message } from '@parley/client/chat';
import { useEffect, useMemo, useRef } from 'react';
import { useSelf } from '../account/me.ts';
import type { Purpose } from '../composer/composer.tsx';
import type { Acting } from '../message/acting.ts';
import type { Place } from '../timeline/timeline.tsx';
import type { Over } from './thread.tsx';

type Options = {
  conversation: ChatConversation;
  setOver: (over: Over) => void;
  setPurpose: (purpose: Purpose) => void;
  show: (place: Place) => Promise<void>;
};

/** What can be done with the messages of a conversation. */
export const useActing = ({ conversation, setOver, setPurpose, show }: Options): Acting => {
  const self = useSelf();
  const role = useRef(conversation.get().role);
  useEffect(() => {
    const follow = () => {
      role.current = conversation.get().role;
    };
    follow();
    return conversation.onChange(follow);
  }, [conversation]);

  return useMemo(() => {
    const isOwn = ({ from }: Message) => from === self.id;
    const isStored = (message: Message) => message.seq !== undefined && !message.deleted;
    const acting: Acting = {
      canEdit: (message) => isOwn(message) && isStored(message),
      canDelete: (message) =>
        isStored(message) && (isOwn(message) || role.current === 'owner' || role.current === 'admin'),
      reply: (message) => setPurpose({ kind: 'reply', message }),
      edit: (message) => setPurpose({ kind: 'edit', message }),
      remove: (message) => setOver({ kind: 'remove', message }),
      react: ({ seq, reactions }, emoji) => {
        const isThere = reactions.some((one) => one.emoji === emoji && one.users.includes(self.id));
        if (seq !== undefined) conversation.react(seq, emoji, { remove: isThere });
      },
      pick: (message) => setOver({ kind: 'pick', message }),
      inspect: (message) => setOver({ kind: 'inspect', message }),
      copy: ({ text }) => void navigator.clipboard.writeText(text),
      retry: ({ refused = '' }) => void conversation.sending(refused)?.retry(),
      discard: ({ refused = '' }) => void conversation.sending(refused)?.cancel(),
      show: (seq) => void show({ seq }),
      byKey: (key, message) => {
        if (!isStored(message)) return false;
        const letters: Record<string, (() => void) | false> = {
          r: () => acting.reply(message),
          '+': () => acting.pick(message),
          e: acting.canEdit(message) && (() => acting.edit(message)),
          c: () => acting.copy(message),
          i: () => acting.inspect(message),
          Delete: acting.canDelete(message) && (() => acting.remove(message)),
        };
        const act = letters[key.length === 1 ? key.toLowerCase() : key];
        if (act) act();
        return Boolean(act);
      },
    };
    return acting;
  }, [conversation, self.id, setOver, setPurpose, show]);
};
