import { log } from '../log.ts';
import { lambda } from './lambda.ts';

/** A handler that the clock calls: says what it did, when it did anything. */
export const onSchedule = (event: string, act: () => Promise<Record<string, number>>) =>
  lambda<unknown, void>(async () => {
    const done = await act();
    if (Object.values(done).some((count) => count > 0)) log.info(event, done);
  });
