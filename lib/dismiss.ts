import type { ConnectionId } from '../schema/ids.ts';
import { limits } from '../schema/limits.ts';
import type { Goodbye } from '../schema/pushes.ts';
import type { App } from './app.ts';
import { inLanes } from './lanes.ts';

/**
 * Says goodbye to connections, which were dropped beforehand, and closes them. Never fails: a connection that cannot
 * be reached is forgotten already, so nothing is started for it.
 */
export const dismiss = async (
  { gateway }: Pick<App, 'gateway'>,
  connections: readonly ConnectionId[],
  why: Omit<Goodbye, 'type'>,
): Promise<void> => {
  const frame = JSON.stringify({ type: 'goodbye', ...why } satisfies Goodbye);
  await inLanes(limits.inlinePosts, connections, async (connection) => {
    const posted = await gateway.post(connection, frame);
    if (posted !== 'gone') await gateway.close(connection);
  });
};
