import type { Count, Duration } from '../../lib/metrics/metrics.ts';

/** What the dashboards show, whatever draws them. */
export type Series =
  /** How often, a second or a minute. */
  | { of: Count; by?: 'code' }
  /** Below what so many of a hundred stay, in time. */
  | { of: Duration; percentiles: number[] }
  /** A part of a whole, from 0 to 1. */
  | { of: Count; in: Whole };

/** Counts that add up, or how often something was measured. */
export type Whole = Count[] | Duration;

export type Panel = { title: string; says: string; series: [Series, ...Series[]] };

const answered: Whole = ['frames', 'requests', 'handshakes'];

export const panels: Panel[] = [
  {
    title: 'Faults of ours',
    says: 'Of everything that was asked, what we could not answer. Promised: under 0.1 % over 30 days.',
    series: [{ of: 'faults', in: answered }],
  },
  {
    title: 'Late messages',
    says: 'Messages whose last post took over 500 ms from the receipt by the gateway. Promised: under 1 %.',
    series: [{ of: 'late', in: 'lastPostMs' }],
  },
  {
    title: 'Posts missed',
    says: 'Of the posts to connections that may exist, those that did not arrive. Promised: under 0.1 %.',
    series: [{ of: 'missed', in: ['deliveries', 'missed'] }],
  },
  {
    title: 'Asked',
    says: 'What came in.',
    series: [{ of: 'frames' }, { of: 'requests' }, { of: 'handshakes' }, { of: 'sends' }, { of: 'acks' }],
  },
  {
    title: 'Refused',
    says: 'By code; docs/PROTOCOL.md explains them.',
    series: [{ of: 'refusals', by: 'code' }],
  },
  {
    title: 'Posts',
    says: 'What became of the pushes.',
    series: [{ of: 'deliveries' }, { of: 'queued' }, { of: 'gone' }, { of: 'missed' }, { of: 'slow' }],
  },
  {
    title: 'From receipt to last post',
    says: 'Of a message, measured from the gateway.',
    series: [{ of: 'lastPostMs', percentiles: [50, 99] }],
  },
  {
    title: 'From receipt to answer',
    says: 'Of frames and requests, measured from the gateway.',
    series: [{ of: 'answerMs', percentiles: [50, 99] }],
  },
  { title: 'One post', says: 'To one connection.', series: [{ of: 'postMs', percentiles: [50, 99] }] },
  { title: 'Redis', says: 'One command or script.', series: [{ of: 'redisMs', percentiles: [50, 99] }] },
  {
    title: 'Cassandra',
    says: 'One statement or page.',
    series: [{ of: 'cassandraMs', percentiles: [50, 99] }],
  },
  {
    title: 'Stores that did not answer',
    says: 'Each one was tried again or refused.',
    series: [{ of: 'redisFailures' }, { of: 'cassandraFailures' }, { of: 'unanswered' }],
  },
  {
    title: 'The log',
    says: 'Numbers that somebody else had taken, conversations put back into Redis, changes made impossible.',
    series: [{ of: 'conflicts' }, { of: 'rebuilds' }, { of: 'voids' }],
  },
  {
    title: 'Work left over',
    says: 'Notes that the sweep has done.',
    series: [{ of: 'announced' }],
  },
  {
    title: 'Lag of the sweep',
    says: 'Age of the oldest note.',
    series: [{ of: 'sweepLagMs', percentiles: [100] }],
  },
  { title: 'Log lines', says: 'Of level warn and error.', series: [{ of: 'warnings' }, { of: 'errors' }] },
  { title: 'Cold starts', says: 'First invocations of a container.', series: [{ of: 'coldStarts' }] },
  {
    title: 'Start of a container',
    says: 'Until its first event.',
    series: [{ of: 'initMs', percentiles: [50, 99] }],
  },
];
