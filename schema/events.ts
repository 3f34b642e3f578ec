import * as z from 'zod/mini';
import { envelope, keyed, retry } from './frames.ts';
import { Seq } from './ids.ts';
import { limits } from './limits.ts';
import { textUpTo } from './text.ts';

/**
 * The older form of three actions: `{event, message, seq?}` on a connection that was opened with `?conversation=`.
 * Without `seq` the sender's last message is meant.
 */

/** Which message is the last must not change between attempts: `after` says as of when. */
const asOf = z.refine<{ seq?: unknown; key?: unknown; after?: unknown }>(
  ({ seq, key, after }) => seq !== undefined || key === undefined || after !== undefined,
  { error: 'is needed beside a `key` where `seq` is left out', path: ['after'] },
);

export const MessageEvent = z
  .strictObject({
    event: z.literal('message:message'),
    ...envelope,
    message: textUpTo(limits.textBytes),
    ...retry,
  })
  .check(keyed, z.meta({ id: 'MessageEvent' }));
export type MessageEvent = z.infer<typeof MessageEvent>;

export const EditEvent = z
  .strictObject({
    event: z.literal('message:edit'),
    ...envelope,
    message: textUpTo(limits.textBytes),
    seq: z.optional(Seq),
    ...retry,
  })
  .check(keyed, asOf, z.meta({ id: 'EditEvent' }));
export type EditEvent = z.infer<typeof EditEvent>;

export const DeleteEvent = z
  .strictObject({ event: z.literal('message:delete'), ...envelope, seq: z.optional(Seq), ...retry })
  .check(keyed, asOf, z.meta({ id: 'DeleteEvent' }));
export type DeleteEvent = z.infer<typeof DeleteEvent>;

/** Every event by name. Each is answered like the action it stands for. */
export const events = {
  'message:message': { frame: MessageEvent, summary: 'The older form of `sendMessage`.' },
  'message:edit': { frame: EditEvent, summary: 'The older form of `editMessage`.' },
  'message:delete': { frame: DeleteEvent, summary: 'The older form of `deleteMessage`.' },
} as const;
