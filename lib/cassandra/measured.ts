import { isUnavailable } from '../errors.ts';
import { count, timed } from '../metrics/measure.ts';
import type { Cassandra } from './client.ts';

const failed = (error: unknown) => {
  if (isUnavailable(error)) count('cassandraFailures');
};
const statement = <T>(work: Promise<T>): Promise<T> => timed('cassandraMs', work, failed);

/** The same Cassandra, and how long each statement took. */
export const measuredCassandra = <Real extends Cassandra>(cassandra: Real): Real => ({
  ...cassandra,
  read: (...asked) => statement(cassandra.read(...asked)),
  pages: (...asked) => {
    const pages = cassandra.pages(...asked)[Symbol.asyncIterator]();
    const next = () => statement(pages.next());
    return { [Symbol.asyncIterator]: () => ({ ...pages, next }) };
  },
  readAll: (...asked) => statement(cassandra.readAll(...asked)),
  write: (...asked) => statement(cassandra.write(...asked)),
  writeIf: (...asked) => {
    const written = statement(cassandra.writeIf(...asked));
    void written.then(
      (answer) => answer === 'unknown' && count('unanswered'),
      () => {},
    );
    return written;
  },
});
