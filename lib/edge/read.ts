import type * as z from 'zod/mini';
import { limits } from '../../schema/limits.ts';
import { utf8Bytes } from '../../schema/text.ts';
import { AppError } from '../errors.ts';

type Issue = z.core.$ZodIssue;

/** Reads foreign input by a schema; what is wrong is named by the first field that is. */

const pointerOf = (path: readonly PropertyKey[]) =>
  path.map((part) => `/${String(part).slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Own words for what the schema library leaves unsaid. */
const reasonOf = (issue: Issue): string => {
  if (issue.message !== 'Invalid input') return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? `is missing or is no ${issue.expected}` : `is no ${issue.expected}`;
    case 'unrecognized_keys':
      return 'is not a known field';
    case 'too_small':
      return `is under ${issue.minimum}`;
    case 'too_big':
      return `is over ${issue.maximum}`;
    case 'invalid_format':
      return 'has the wrong form';
    default:
      return 'is not one of the known values';
  }
};

const codeOf = (issue: Issue) => {
  if (issue.code === 'custom' && issue.params?.code === 'too-large') return 'too-large';
  const sized = issue.code === 'too_big' && (issue.origin === 'string' || issue.origin === 'array');
  return sized ? 'too-large' : 'bad-request';
};

/** `where` is the part of the request that the pointer points into: `frame`, `body`, `query`. */
export const readBy = <T>(schema: z.ZodMiniType<T>, input: unknown, where: string): T => {
  const read = schema.safeParse(input);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  if (!issue) throw new AppError('bad-request', `unable to read the ${where}`);
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
  const pointer = pointerOf(path);
  throw new AppError(codeOf(issue), `unable to read the ${where}; ${pointer || 'it'} ${reasonOf(issue)}`, {
    pointer,
  });
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError('bad-frame', 'unable to read the frame; it is not JSON', { cause: error });
  }
};

/** A frame before its fields are looked at. Binary frames reach a local gateway only: AWS closes them with 1003. */
export const readObject = (body: unknown): Record<string, unknown> => {
  if (typeof body !== 'string') throw new AppError('bad-frame', 'unable to read the frame; it is binary');
  if (utf8Bytes(body) > limits.frameBytes) {
    throw new AppError('too-large', `unable to read the frame; it is over ${limits.frameBytes} bytes`);
  }
  const frame = parse(body);
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) {
    throw new AppError('bad-frame', 'unable to read the frame; it is no JSON object');
  }
  return frame as Record<string, unknown>;
};

/** The id to echo, also where the rest of the frame is wrong. */
export const idIn = (body: unknown): string | undefined => {
  try {
    const { id } = readObject(body);
    return typeof id === 'string' && id.length <= limits.frameIdCharacters ? id : undefined;
  } catch {
    return undefined;
  }
};
