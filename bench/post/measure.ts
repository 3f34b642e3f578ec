import { measureIn } from '../child.ts';
import { figure, spread } from '../figures.ts';
import type { Part } from '../part.ts';
import { median } from '../quantiles.ts';
import { whileRunning } from '../running.ts';
import { startSink } from '../sink.ts';
import { inTurns } from '../turns.ts';
import type { Asked, Driver, Told } from './client.ts';

const drivers: Record<Driver, { name: string; warmUpPosts: number }> = {
  unsigned: { name: 'unsigned node:http', warmUpPosts: 15_000 },
  poster: { name: 'own poster', warmUpPosts: 15_000 },
  sdk: { name: 'AWS SDK', warmUpPosts: 5_000 },
};
/** A fan-out, and a direct message. */
const inFlights = [50, 1];
const measuredMs = 3_000;
const client = new URL('client.ts', import.meta.url);

const names = Object.keys(drivers) as Driver[];
const cases = inFlights.flatMap((inFlight) => names.map((driver) => ({ driver, inFlight })));

export const measurePost: Part = ({ directory, pace }) =>
  whileRunning(startSink(directory), async ({ endpoint }) => {
    const results = await inTurns(cases, pace.repetitions, ({ driver, inFlight }) => {
      const warmUpPosts = pace.count(drivers[driver].warmUpPosts);
      const asked: Asked = { driver, endpoint, inFlight, warmUpPosts, ms: pace.ms(measuredMs) };
      return measureIn<Told>(client, asked);
    });

    const cpuUsOf = (driver: Driver, inFlight: number) =>
      results
        .filter(({ taken }) => taken.driver === driver && taken.inFlight === inFlight)
        .flatMap(({ told }) => told.map(({ cpuUs }) => cpuUs));
    const ratioOf = (driver: Driver, inFlight: number) =>
      median(cpuUsOf(driver, inFlight)) / median(cpuUsOf('unsigned', inFlight));

    return [
      {
        title: 'post: CPU of one PostToConnection',
        method: `Closed loop, ${inFlights.join(' or ')} posts in flight, against a sink in another process; each repetition is a new process.`,
        columns: ['driver', 'in flight', 'CPU µs per post', 'times unsigned', 'posts/s'],
        rows: results.map(({ taken: { driver, inFlight }, told }) => [
          drivers[driver].name,
          String(inFlight),
          spread(cpuUsOf(driver, inFlight), 1),
          figure(ratioOf(driver, inFlight), 2),
          spread(
            told.map(({ perSecond }) => perSecond),
            0,
          ),
        ]),
      },
    ];
  });
