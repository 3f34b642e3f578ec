import type { Watermark } from '@parley/client/chat';
import { Bubble } from '../bubble/bubble.tsx';
import type { Acting } from '../message/acting.ts';
import { NoticeLine } from '../message/notice.tsx';
import { tickOf } from '../message/ticks.tsx';
import { dayName } from '../shell/times.ts';
import type { Row } from './rows.ts';

type Props = {
  row: Row;
  self: string;
  isGroup: boolean;
  others: Watermark;
  isActive: boolean;
  isMarked: boolean;
  wanted: string;
  acting: Acting;
};

/** One row of the timeline, whatever its kind. */
export const Line = ({ row, self, isGroup, others, isActive, isMarked, wanted, acting }: Props) => {
  if (row.kind === 'day') {
    return (
      <div className="day">
        <span>{dayName(row.at, Date.now())}</span>
      </div>
    );
  }
  if (row.kind === 'unread') {
    return (
      <div className="unread-line">
        <span>New messages</span>
      </div>
    );
  }
  if (row.kind === 'notice') return <NoticeLine notice={row.notice} />;
  const { message, isFirst, isLast } = row;
  const isOwn = message.from === self;
  return (
    <Bubble
      message={message}
      id={row.key}
      isOwn={isOwn}
      isGroup={isGroup}
      isFirst={isFirst}
      isLast={isLast}
      tick={isOwn ? tickOf(message, others) : undefined}
      isActive={isActive}
      isMarked={isMarked}
      wanted={wanted}
      acting={acting}
    />
  );
};
