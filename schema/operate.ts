import * as z from 'zod/mini';
import { ConnectionId, DeviceId, UserId } from './ids.ts';

/** What an operator tells the function `operate`: one command an invocation. */

export const Kick = z.strictObject({
  user: UserId,
  device: z.optional(DeviceId),
  connection: z.optional(ConnectionId),
});
export type Kick = z.infer<typeof Kick>;

/** First `overMs`: everybody is asked to reconnect within it. Then `before`, from that answer: who remains is closed. */
const Drain = z.union([
  z.strictObject({ overMs: z.int().check(z.minimum(0), z.maximum(3_600_000)) }),
  z.strictObject({ before: z.int().check(z.minimum(0)) }),
]);

const Factor = z.number().check(z.minimum(0.01), z.maximum(100));

export const Command = z.union([
  z.strictObject({ kick: Kick }),
  z.strictObject({ drain: Drain }),
  z.strictObject({ factor: Factor }),
]);
export type Command = z.infer<typeof Command>;
