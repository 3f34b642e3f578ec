import type { ConnectionId } from '../../schema/ids.ts';

/**
 * Speaks to one connection. An adapter MUST try a post once, within `postMs`; MUST tell outcomes apart by status
 * code, never by the name of an error (local stand-ins answer without one); MUST be total: a failure is a value.
 */
export type Gateway = {
  post(connection: ConnectionId, frame: string): Promise<Posted>;
  close(connection: ConnectionId): Promise<Closed>;
};

export type Posted =
  | 'sent'
  /** 410: the connection no longer exists. */
  | 'gone'
  /** 429: this client reads too slowly, or the account posts too fast. */
  | 'slow'
  /** 413. */
  | 'too-large'
  /** Anything else, or no answer in time: it may have arrived. */
  | 'failed';

export type Closed = 'closed' | 'gone' | 'failed';

export const postMs = 1_000;
