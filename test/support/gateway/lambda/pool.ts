import type { Instance } from './instance.ts';

/** The instances of one function: one event each at a time, the one used last first. */
export type Pool = {
  all(): Instance[];
  isIdle(instance: Instance): boolean;
  /** A frozen one, a new one, or the next that gets free. */
  take(): Promise<Instance>;
  giveBack(instance: Instance): void;
  /** Ends those that run something, whatever they do. */
  kill(): Promise<void>;
  /** Ends the frozen ones. */
  retire(): Promise<void>;
  stop(): Promise<void>;
};

const over = 'the instance was ended';

export const createPool = (atMost: number, start: () => Instance): Pool => {
  const all = new Set<Instance>();
  let idle: Instance[] = [];
  let waiting: PromiseWithResolvers<Instance>[] = [];
  let isStopped = false;

  const startOne = () => {
    const instance = start();
    all.add(instance);
    return instance;
  };
  return {
    all: () => [...all],
    isIdle: (instance) => idle.includes(instance),
    take: async () => {
      if (isStopped) throw new Error('the gateway has stopped');
      const free = idle.pop();
      if (free) return free;
      if (all.size < atMost) return startOne();
      const next = Promise.withResolvers<Instance>();
      waiting.push(next);
      return next.promise;
    },
    giveBack: (instance) => {
      if (instance.isOver) all.delete(instance);
      if (isStopped) return;
      const next = waiting.shift();
      if (next) next.resolve(instance.isOver ? startOne() : instance);
      else if (!instance.isOver) idle.push(instance);
    },
    kill: async () => {
      const running = [...all].filter((instance) => !idle.includes(instance));
      await Promise.all(running.map((instance) => instance.end(over)));
    },
    retire: async () => {
      const ended = idle;
      idle = [];
      for (const instance of ended) all.delete(instance);
      await Promise.all(ended.map((instance) => instance.end(over)));
    },
    stop: async () => {
      isStopped = true;
      for (const next of waiting) next.reject(new Error('the gateway has stopped'));
      waiting = [];
      await Promise.all([...all].map((instance) => instance.end(over)));
    },
  };
};
