import type { TestApp } from './app.ts';

/** Ports whose calls are steps of a handler. */
const ports = ['connections', 'conversations', 'members', 'messages', 'unannounced'] as const;

class Died extends Error {}

/**
 * The application of a handler that dies at its nth call of a port: before the store has done it, or after. From then
 * on it does nothing any more.
 */
export const dyingAt = (app: TestApp, step: number, when: 'before' | 'after'): TestApp => {
  let steps = 0;
  const dying = <P extends object>(port: P): P =>
    new Proxy(port, {
      get: (target, name) => {
        const call = Reflect.get(target, name) as (...given: unknown[]) => unknown;
        return async (...given: unknown[]) => {
          steps++;
          if (steps > step || (steps === step && when === 'before')) throw new Died();
          const answer = await call(...given);
          if (steps >= step) throw new Died();
          return answer;
        };
      },
    });
  return { ...app, ...Object.fromEntries(ports.map((name) => [name, dying(app[name])])) };
};

/** The application of a handler that dies, with `dead`, where it first calls this method. */
export const dyingIn = <Port extends keyof TestApp>(
  app: TestApp,
  port: Port,
  method: keyof TestApp[Port],
): TestApp => ({
  ...app,
  [port]: {
    ...(app[port] as object),
    [method]: async () => {
      throw new Error('dead');
    },
  },
});

/** Whether it ended by itself. */
export const survived = async (acting: Promise<unknown>): Promise<boolean> => {
  try {
    await acting;
    return true;
  } catch (error) {
    if (error instanceof Died) return false;
    throw error;
  }
};
