/**
 * Everything that is measured, by name: the one definition. Alarms, dashboards and `/metrics` are made from it
 * (scripts/watch), and docs/OPERATIONS.md explains what to do about them.
 */
export type Metric = {
  /** `count` adds up; `ms` are durations. */
  kind: 'count' | 'ms';
  help: string;
  /** What it is told apart by, beside the stage. Each value is a metric of its own to CloudWatch, and billed so. */
  by?: string;
};

export const metrics = {
  frames: { kind: 'count', help: 'Frames that came in.' },
  requests: { kind: 'count', help: 'HTTP requests that came in.' },
  handshakes: { kind: 'count', help: 'Handshakes that the authorizer let through.' },
  sends: { kind: 'count', help: 'Messages that somebody asked to store, retries included.' },
  acks: { kind: 'count', help: 'Entries that were acknowledged, retries included.' },
  refusals: {
    kind: 'count',
    help: 'Frames, requests and handshakes that were refused, by code.',
    by: 'code',
  },
  faults: { kind: 'count', help: 'Refusals that are ours: internal and unavailable.' },
  deliveries: { kind: 'count', help: 'Posts that arrived.' },
  gone: { kind: 'count', help: 'Posts to connections that were no more.' },
  missed: { kind: 'count', help: 'Posts that did not arrive, and connections that could not be queued.' },
  slow: { kind: 'count', help: 'Of those missed, answered 429: a slow client, or the rate of the account.' },
  queued: { kind: 'count', help: 'Connections whose posts were left to the queue.' },
  late: { kind: 'count', help: 'Messages whose last post came later than promised.' },
  conflicts: { kind: 'count', help: 'Conditional writes of an entry that found its number taken.' },
  unanswered: { kind: 'count', help: 'Conditional writes whose fate stayed open, and were repeated.' },
  rebuilds: { kind: 'count', help: 'Conversations that were put back into Redis.' },
  announced: { kind: 'count', help: 'Notes of work left over that the sweep has done.' },
  voids: { kind: 'count', help: 'Changes left half-way that the sweep has made impossible.' },
  redisFailures: { kind: 'count', help: 'Commands that Redis did not answer.' },
  cassandraFailures: { kind: 'count', help: 'Statements that Cassandra did not answer.' },
  warnings: { kind: 'count', help: 'Log lines of level warn.' },
  errors: { kind: 'count', help: 'Log lines of level error: somebody must act.' },
  coldStarts: { kind: 'count', help: 'First invocations of a container.' },
  answerMs: { kind: 'ms', help: 'From the receipt by the gateway to the answer of a frame.' },
  postMs: { kind: 'ms', help: 'One post to a connection.' },
  lastPostMs: { kind: 'ms', help: 'From the receipt of a message by the gateway to its last post.' },
  redisMs: { kind: 'ms', help: 'One command or script of Redis.' },
  cassandraMs: { kind: 'ms', help: 'One statement of Cassandra, or one page.' },
  sweepLagMs: { kind: 'ms', help: 'Age of the oldest note that a sweep found; 0 where there was none.' },
  initMs: { kind: 'ms', help: 'From the start of a container to its first event.' },
} as const satisfies Record<string, Metric>;

export const metricOf = (name: MetricName): Metric => metrics[name];

export type MetricName = keyof typeof metrics;
type Named<Kind> = {
  [Name in MetricName]: (typeof metrics)[Name]['kind'] extends Kind ? Name : never;
}[MetricName];
export type Count = Named<'count'>;
export type Duration = Named<'ms'>;

/** Milliseconds within which the last post of a message is promised. */
export const promisedMs = 500;
