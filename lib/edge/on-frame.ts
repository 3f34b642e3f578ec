import type { MiddlewareObj } from '@middy/core';
import type * as z from 'zod/mini';
import type { Reply } from '../../schema/frames.ts';
import type { App } from '../app.ts';
import type { ConnectedCaller } from '../caller.ts';
import { errorFrame } from '../errors.ts';
import type { Outcome } from '../outcome.ts';
import { callerOf, type SocketEvent } from './caller.ts';
import { lambda, report } from './lambda.ts';
import { perform } from './perform.ts';
import { idIn, readBy, readObject } from './read.ts';

export type Answer = { statusCode: number; headers?: Record<string, string>; body?: string };

const answer = (reply: Reply): Answer => ({ statusCode: 200, body: JSON.stringify(reply) });

/**
 * Every exception becomes an error frame, as the route's response. Never a status: what API Gateway makes of one on
 * a message route is its own frame, which says nothing.
 */
const frameErrors = (): MiddlewareObj<SocketEvent, Answer> => ({
  onError: (request) => {
    const error = report('frame.refused', request.error);
    request.response = answer(errorFrame(error, idIn(request.event.body)));
  },
});

/** A handler of frames: reads, acts, performs, answers. */
export const onFrame = <Frame, Uses extends Partial<App>>(
  schema: z.ZodMiniType<Frame>,
  action: (app: Uses, caller: ConnectedCaller, frame: Frame) => Promise<Outcome<Reply>>,
  uses: () => Uses,
) =>
  lambda<SocketEvent, Answer>(async (event) => {
    const frame = readBy(schema, readObject(event.body), 'frame');
    const app = uses();
    return answer(await perform(app, await action(app, callerOf(event), frame)));
  }, frameErrors());
