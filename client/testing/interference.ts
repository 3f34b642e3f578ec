import type { ErrorCode } from '../wire.gen.ts';

/** A frame or a request that has reached the server. */
export type Arrived = {
  /** The action of a frame, or the method of a request. */
  what: string;
  /** The frame, or the path and body of a request. */
  content: Readonly<Record<string, unknown>>;
  user: string | undefined;
};

/**
 * What a test wants to become of it, in place of what it asks for:
 * a code: it is refused with that, and nothing is done. `{ done: code }`: it is done all the same, and then answered with
 * that. `lost`: it is done, and the answer never arrives. `broken`: nothing is done, and API Gateway answers by itself.
 */
export type Fate = ErrorCode | { done: ErrorCode } | 'lost' | 'broken' | undefined;
/** Decides the fate of what arrived. */
export type Interference = (arrived: Arrived) => Fate;
