import type { ChatConversation, Item, Message, Receipts } from '@parley/client/chat';
import { useEffect, useState } from 'react';
import { explain } from '../account/explain.ts';
import { Avatar } from '../people/avatar.tsx';
import { everybody } from '../people/everybody.ts';
import { useName } from '../people/names.ts';
import { Dialog } from '../shell/dialog.tsx';
import { momentOf } from '../shell/times.ts';

type Receipt = Receipts['items'][number];
type Props = {
  message: Message;
  conversation: ChatConversation;
  items: readonly Item[];
  onClose: () => void;
};

const read = async (conversation: ChatConversation, seq: number) => {
  const [receipts, members] = await Promise.all([conversation.receipts(seq), everybody(conversation)]);
  return { receipts, members };
};

/** Who received and read a message, and when. */
export const ReceiptsDialog = ({ message, conversation, items, onClose }: Props) => {
  const [all, setAll] = useState<Awaited<ReturnType<typeof read>>>();
  const [wrong, setWrong] = useState<string>();
  const { seq = 0, from } = message;
  useEffect(() => {
    read(conversation, seq).then(setAll, (error) => setWrong(explain(error)));
  }, [conversation, seq]);
  const others = all?.members.filter(({ user }) => user !== from);
  const isLate = (one: string) =>
    items.some(
      (item) =>
        item.kind === 'notice' &&
        item.entry.type === 'member.joined' &&
        item.entry.user === one &&
        item.seq > seq,
    );
  return (
    <Dialog title="Message" onClose={onClose}>
      <p className="hint">Sent {momentOf(message.ts)}</p>
      <ul className="people">
        {others?.map(({ user }) => (
          <One
            key={user}
            user={user}
            receipt={all?.receipts.find((receipt) => receipt.user === user)}
            isLate={isLate(user)}
            seq={seq}
          />
        ))}
      </ul>
      {others?.length === 0 && <p className="hint">There is nobody else here.</p>}
      <p className="wrong" role="alert">
        {wrong}
      </p>
    </Dialog>
  );
};

const firstOf = (passed: Receipt['readOn']) => (passed?.[0] ? ` ${momentOf(passed[0].at)}` : '');

/** How far one member has come; who never marked anything has no receipt. */
const stateOf = (receipt: Receipt | undefined, seq: number, isLate: boolean): string => {
  if (receipt && receipt.read >= seq) return `Read${firstOf(receipt.readOn)}`;
  if (receipt && receipt.delivered >= seq) return `Delivered${firstOf(receipt.receivedOn)}`;
  return isLate ? 'Joined later' : 'Not delivered yet';
};

type OneProps = { user: string; receipt: Receipt | undefined; isLate: boolean; seq: number };

const One = ({ user, receipt, isLate, seq }: OneProps) => {
  const name = useName(user);
  return (
    <li>
      <Avatar id={user} name={name} size="small" />
      <span className="grow">
        <bdi>{name}</bdi>
        <br />
        <span className="hint">{stateOf(receipt, seq, isLate)}</span>
      </span>
    </li>
  );
};
