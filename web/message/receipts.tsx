import type { ChatConversation, Message, Receipts } from '@parley/client/chat';
import { useEffect, useState } from 'react';
import { explain } from '../account/explain.ts';
import { Avatar } from '../people/avatar.tsx';
import { useName } from '../people/names.ts';
import { Dialog } from '../shell/dialog.tsx';
import { momentOf } from '../shell/times.ts';

type Receipt = Receipts['items'][number];
type Props = { message: Message; conversation: ChatConversation; onClose: () => void };

/** Who received and read a message, and when. */
export const ReceiptsDialog = ({ message, conversation, onClose }: Props) => {
  const [list, setList] = useState<readonly Receipt[]>();
  const [wrong, setWrong] = useState<string>();
  const { seq = 0, from } = message;
  useEffect(() => {
    conversation.receipts(seq).then(setList, (error) => setWrong(explain(error)));
  }, [conversation, seq]);
  const others = list?.filter(({ user }) => user !== from);
  return (
    <Dialog title="Message" onClose={onClose}>
      <p className="hint">Sent {momentOf(message.ts)}</p>
      <ul className="people">
        {others?.map((receipt) => (
          <One key={receipt.user} receipt={receipt} seq={seq} />
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

const One = ({ receipt, seq }: { receipt: Receipt; seq: number }) => {
  const name = useName(receipt.user);
  const { delivered, read, receivedOn, readOn } = receipt;
  return (
    <li>
      <Avatar id={receipt.user} name={name} size="small" />
      <span className="grow">
        <bdi>{name}</bdi>
        <br />
        <span className="hint">
          {read >= seq && `Read${firstOf(readOn)}`}
          {read < seq && delivered >= seq && `Delivered${firstOf(receivedOn)}`}
          {delivered < seq && 'Not delivered yet'}
        </span>
      </span>
    </li>
  );
};
