/**
 * The quotas of API Gateway, as platform.md 1.1 gives them. A test may shorten any of them; the defaults are AWS's
 * own, but for those marked *local*, which AWS does not publish or this machine cannot give.
 */
export const limits = {
  /** A frame from the client; over it the connection is closed with 1009. Longer messages leave in several frames. */
  frameBytes: 32 * 1_024,
  /** A message, either way: 1009 from the client, 413 at `@connections`. */
  messageBytes: 128 * 1_024,
  /** Without a message in either direction. Ping frames are no messages: whether AWS counts them is not known. */
  idleMs: 10 * 60_000,
  /** How long a connection may live, whatever it does. */
  connectionMs: 2 * 60 * 60_000,
  /** How long API Gateway waits for a function. The function itself goes on. */
  integrationMs: 29_000,
  /** Of the URL of the handshake, query included. */
  urlCharacters: 4_096,
  /** Of what an authorizer returns. */
  authorizerBytes: 8 * 1_024,
  /** *Local*: unsent bytes of one client, over which a post is answered with 429 ("buffer full", platform.md 1.5). */
  clientBufferBytes: 1_024 * 1_024,
  /** *Local*: instances of one function at a time. Further invocations wait for one; Lambda would start up to 1 000. */
  instances: 8,
  /** Of a message in a queue: the limit as it was before 2025, which is the stricter one. */
  queuedBytes: 256 * 1_024,
  /** Shortens the time after which a queue hands out again what was not finished; without it that of serverless.yml. */
  visibilityMs: Number.POSITIVE_INFINITY,
  /** Shortens the timeout of every function; without it the one that serverless.yml gives. */
  functionMs: Number.POSITIVE_INFINITY,
};

export type Limits = typeof limits;
