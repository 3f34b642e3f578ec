import type { UserId } from '../../../schema/ids.ts';
import type { Goodbye } from '../../../schema/pushes.ts';
import type { App } from '../../app.ts';
import { dismiss } from '../../dismiss.ts';
import { inLanes } from '../../lanes.ts';

type Uses = Pick<App, 'beats' | 'connections' | 'gateway' | 'clock' | 'chance'>;

/** Users at once. */
const lanes = 64;
/** Over this long those come back who did not go by themselves. */
const backMs = 5_000;

/** Everybody who is connected, some at a time: there may be more than memory should hold. */
const forEverybody = async (app: Uses, work: (user: UserId) => Promise<number>): Promise<number> => {
  let count = 0;
  let some: UserId[] = [];
  const turn = async () => {
    const users = new Set(some);
    some = [];
    await inLanes(lanes, [...users], async (user) => {
      const done = await work(user);
      count += done;
    });
  };
  for await (const user of app.beats.all()) {
    some.push(user);
    if (some.length >= 10 * lanes) await turn();
  }
  await turn();
  return count;
};

const farewell = (afterMs: number): Omit<Goodbye, 'type'> => ({ code: 'draining', reconnect: true, afterMs });

/** Asks every client to come back on a new connection, each at a moment of its own. Nothing is closed yet. */
export const startDrain = async (app: Uses, overMs: number): Promise<{ asked: number; before: number }> => {
  const before = app.clock.now();
  const asked = await forEverybody(app, async (user) => {
    const connections = (await app.connections.of(user)).filter(({ since }) => since < before);
    for (const { connection } of connections) {
      const goodbye: Goodbye = { type: 'goodbye', ...farewell(app.chance.between(0, overMs)) };
      await app.gateway.post(connection, JSON.stringify(goodbye));
    }
    return connections.length;
  });
  return { asked, before };
};

/** Closes the connections that were there when the draining began, and still are. */
export const finishDrain = async (app: Uses, before: number): Promise<{ closed: number }> => ({
  closed: await forEverybody(app, async (user) => {
    const dropped = await app.connections.drop(user, { before });
    await dismiss(app, dropped, farewell(app.chance.between(0, backMs)));
    return dropped.length;
  }),
});
