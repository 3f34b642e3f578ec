import type { Log } from '../conversation/log.ts';
import type { MessageNew, Unread, UserId } from '../wire.gen.ts';
import type { Messages } from './messages.ts';

/** What the server counted, up to a head. */
export type Counted = Unread & { head: number };

/**
 * Messages of others, not deleted, above the own read watermark. Exact where everything above the watermark is held;
 * else what the server counted, and what came since.
 */
export const unreadOf = (
  log: Log | undefined,
  messages: Messages,
  me: UserId,
  read: number | undefined,
  counted: Counted,
): Unread => {
  const byOthers = ({ from }: MessageNew) => from !== me;
  if (!log) return { count: counted.count, more: counted.more };
  if (read !== undefined && read + 1 >= log.floor())
    return { count: messages.count(read, byOthers), more: false };
  if (read !== undefined && read >= counted.head)
    return { count: messages.count(read, byOthers), more: false };
  return { count: counted.count + messages.count(counted.head, byOthers), more: counted.more };
};
