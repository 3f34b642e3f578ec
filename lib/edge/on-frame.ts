import type { MiddlewareObj } from '@middy/core';
import type * as z from 'zod/mini';
import type { Reply } from '../../schema/pushes.ts';
import type { App } from '../app.ts';
import type { ConnectedCaller } from '../caller.ts';
import { AppError, errorFrame } from '../errors.ts';
import { count } from '../metrics/measure.ts';
import { tagFrame, tagReply, tagTrace } from '../metrics/tags.ts';
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

type Act<Frame, Uses> = (app: Uses, caller: ConnectedCaller, frame: Frame) => Promise<Outcome<Reply>>;
type Handle = (event: SocketEvent, object: Record<string, unknown>) => Promise<Answer>;

const handling =
  <Frame, Uses extends Partial<App>>(
    schema: z.ZodMiniType<Frame>,
    act: Act<Frame, Uses>,
    uses: () => Uses,
  ): Handle =>
  async (event, object) => {
    const frame = readBy(schema, object, 'frame');
    tagFrame(frame);
    const app = uses();
    const reply = await perform(app, await act(app, callerOf(event), frame));
    tagReply(reply);
    return answer(reply);
  };

const framesBy = (handleOf: (object: Record<string, unknown>) => Handle) =>
  lambda<SocketEvent, Answer>(async (event) => {
    count('frames');
    const object = readObject(event.body);
    tagTrace(object.trace);
    return handleOf(object)(event, object);
  }, frameErrors());

/** A handler of frames: reads, acts, performs, answers. */
export const onFrame = <Frame, Uses extends Partial<App>>(
  schema: z.ZodMiniType<Frame>,
  act: Act<Frame, Uses>,
  uses: () => Uses,
) => {
  const handle = handling(schema, act, uses);
  return framesBy(() => handle);
};

type Acts<Frames, Uses> = {
  [Name in keyof Frames]: [z.ZodMiniType<Frames[Name]>, Act<Frames[Name], Uses>];
};

const handles = <Frames extends Record<string, unknown>, Uses extends Partial<App>>(
  acts: Acts<Frames, Uses>,
  uses: () => Uses,
) => new Map(Object.entries(acts).map(([name, [schema, act]]) => [name, handling(schema, act, uses)]));

const unknown = (field: 'action' | 'event') =>
  new AppError('unknown-action', `unable to act; no such ${field}, and {"action":"help"} lists the actions`, {
    pointer: `/${field}`,
  });

/** The same for several actions that share a function and its ports: `{ markRead: [MarkRead, markRead] }`. */
export const onFrames = <Frames extends Record<string, unknown>, Uses extends Partial<App>>(
  acts: Acts<Frames, Uses>,
  uses: () => Uses,
) => {
  const byAction = handles(acts, uses);
  return framesBy(({ action }) => {
    const handle = byAction.get(String(action));
    if (handle) return handle;
    throw unknown('action');
  });
};

/** What no route takes: the older form of frames, by `event`; everything else names no action that there is. */
export const onEvents = <Frames extends Record<string, unknown>, Uses extends Partial<App>>(
  acts: Acts<Frames, Uses>,
  uses: () => Uses,
) => {
  const byEvent = handles(acts, uses);
  return framesBy(({ action, event }) => {
    const handle = action === undefined ? byEvent.get(String(event)) : undefined;
    if (handle) return handle;
    throw unknown(action === undefined && event !== undefined ? 'event' : 'action');
  });
};
