import { createTestServer } from '../../../client/testing/index.ts';
import type { Person, Subject } from './subject.ts';

/** As long as anything of the suite may take. */
const longestMs = 600_000;

/** The double, with a clock that goes from one thing to the next. */
export const doubleSubject = (): Subject => {
  const server = createTestServer();
  let people = 0;
  let users: Record<string, ReturnType<typeof server.user>> = {};
  let passed = 0;
  return {
    person: async (): Promise<Person> => {
      const user = server.user(`person ${++people}`);
      users = { ...users, [user.id]: user };
      passed = 0;
      return {
        id: user.id,
        name: user.name,
        device: async (options) => {
          const { options: given, line } = user.device(options);
          return { options: given, way: line };
        },
        request: async (method, path, body) => user.request(method, path, body) as never,
      };
    },
    moment: async () => {
      const ms = server.clock.next() ?? 1_000;
      passed += ms;
      if (passed > longestMs) throw new Error('it never came');
      await server.clock.advance(ms);
    },
    wake: () => {},
    drain: async () => server.goodbye('draining', { afterMs: 500 }),
    kick: async ({ id }) => server.goodbye('kicked', { user: users[id] as never }),
    stop: async () => server.stop(),
  };
};
