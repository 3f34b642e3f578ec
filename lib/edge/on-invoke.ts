import type * as z from 'zod/mini';
import type { Problem } from '../../schema/http/conversations.ts';
import { problem } from '../errors.ts';
import { log } from '../log.ts';
import { openRequest, requestNow } from '../request.ts';
import { lambda, measured, report } from './lambda.ts';
import { readBy } from './read.ts';

/** Handlers that no client calls: the clock does, a queue, or an operator. */

/** Says what it did, when it did anything. */
export const onSchedule = (
  event: string,
  act: (asked: { once?: unknown }) => Promise<Record<string, number>>,
) =>
  lambda<{ once?: unknown }, void>(async (asked) => {
    const done = await act(asked);
    if (Object.values(done).some((count) => count > 0)) log.info(event, done);
  });

type QueueEvent = { Records: { messageId: string; body: string }[] };
type Answer = { batchItemFailures: { itemIdentifier: string }[] };

/** What fails is handed over again by itself, and not the others of its batch. */
export const onQueue = <Message>(act: (message: Message) => Promise<void>) =>
  lambda<QueueEvent, Answer>(async ({ Records }) => {
    const batchItemFailures: Answer['batchItemFailures'] = [];
    for (const { messageId, body } of Records) {
      // Each is of somebody else's request, and has a line of its own.
      const request = openRequest({ ...requestNow()?.fields }, undefined);
      await measured(request, async () => {
        try {
          await act(JSON.parse(body) as Message);
        } catch (thrown) {
          report('queue.refused', thrown);
          batchItemFailures.push({ itemIdentifier: messageId });
        }
      });
    }
    return { batchItemFailures };
  });

/** Invoked by the Lambda API: whoever may do that, may. Answers what was done, or why not. */
export const onCommand = <Command>(
  schema: z.ZodMiniType<Command>,
  act: (command: Command) => Promise<Record<string, number>>,
) =>
  lambda<unknown, Record<string, number> | Problem>(async (event) => {
    try {
      const done = await act(readBy(schema, event, 'command'));
      log.info('operation.finished', done);
      return done;
    } catch (thrown) {
      return problem(report('operation.refused', thrown));
    }
  });
