import { traceparent } from '../../schema/ids.ts';
import { requestNow, tag } from '../request.ts';
import { count, measure } from './measure.ts';

/** What the lines of a request say of it. Only what was checked: a log must not say what a stranger made up. */

/** The id of a trace that the client goes by; what is malformed is nobody's trace. */
export const tagTrace = (given: unknown): void => {
  const [, trace] = (typeof given === 'string' && given.match(traceparent)) || [];
  if (trace !== undefined) tag({ trace });
};

/** A frame after its schema has passed it. */
export const tagFrame = (frame: unknown): void => {
  const { action, conversation } = frame as { action?: string; conversation?: string };
  tag({ ...(action && { action }), ...(conversation && { conversation }) });
};

/** What was answered, once it was done. */
export const tagReply = (reply: unknown): void => {
  const { conversation, seq, key } = reply as { conversation?: string; seq?: number; key?: string };
  if (seq !== undefined) tag({ ...(conversation && { conversation }), seq });
  if (seq !== undefined && key !== undefined) count('acks');
  const begunAt = requestNow()?.begunAt;
  if (begunAt !== undefined) measure('answerMs', Math.max(0, Date.now() - begunAt));
};
