import { randomUUID } from 'node:crypto';
import type { Deployed, Deployment } from '../deployment/deployment.ts';
import type { Limits } from '../limits.ts';
import { FunctionError, type Instance, startInstance } from './instance.ts';
import { createPool, type Pool } from './pool.ts';

export type InstanceState = {
  function: string;
  id: number;
  invocations: number;
  /** What it held when it was last looked at; 0 where nobody looks (`looks`). */
  heapBytes: number;
  state: 'running' | 'frozen';
};

/** The functions of a deployment, each with a pool of instances that grows with the events at a time. */
export type Functions = {
  /** Waits for the answer. Rejects with FunctionError for a handler that failed. */
  invoke(name: string, event: unknown): Promise<unknown>;
  instances(): InstanceState[];
  /** When every instance is frozen. */
  frozen(): Promise<void>;
  /** Lets the clocks of all instances jump: that is how long they were frozen. */
  skip(ms: number): void;
  /** Ends the instances of a function that run something: a crash in the middle of it. */
  kill(name: string): Promise<void>;
  /** Ends the frozen ones, so that the next event of each function is a cold start. */
  retire(): Promise<void>;
  stop(): Promise<void>;
};

export const startFunctions = (options: {
  deployment: Deployment;
  limits: Limits;
  environment: Record<string, string>;
  /** What is otherwise for one function. */
  environmentOf: (name: string) => Record<string, string>;
  /** One instance for all functions: what they keep in globals (the memory build does) is then shared. */
  together: boolean;
  /** Whether the heaps of instances are looked at, now and then. */
  looks: boolean;
  onLine: (line: string) => void;
}): Functions => {
  const { deployment, limits, together, looks, onLine } = options;
  const pools = new Map<string, Pool>();
  const asked = new Map<string, number>();
  let running = 0;
  let aheadMs = 0;
  let thawed: (() => void)[] = [];

  const nameOf = (name: string) => `${deployment.name}-${deployment.stage}-${name}`;
  const poolOf = (name: string): Pool => {
    const key = together ? 'all' : name;
    const own = { ...options.environmentOf(name), AWS_LAMBDA_FUNCTION_NAME: nameOf(name) };
    const environment = { ...options.environment, ...own };
    const create = () =>
      createPool(together ? 1 : limits.instances, () => startInstance(environment, onLine, looks));
    const pool = pools.get(key) ?? create();
    pools.set(key, pool);
    return pool;
  };

  /** Over its reserved concurrency a function is throttled. */
  const begin = ({ name, reserved }: Deployed) => {
    const now = (asked.get(name) ?? 0) + 1;
    if (now > reserved) {
      const errorType = 'TooManyRequestsException';
      throw new FunctionError({ errorType, errorMessage: 'Rate Exceeded.', stack: [] });
    }
    asked.set(name, now);
    running++;
  };
  const end = ({ name }: Deployed) => {
    asked.set(name, (asked.get(name) ?? 0) - 1);
    if (--running > 0) return;
    for (const notify of thawed) notify();
    thawed = [];
  };

  const contextOf = (name: string, instance: Instance) => ({
    awsRequestId: randomUUID(),
    functionName: nameOf(name),
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${deployment.region}:123456789012:function:${nameOf(name)}`,
    memoryLimitInMB: '1769',
    logGroupName: `/aws/lambda/${nameOf(name)}`,
    logStreamName: `local/[$LATEST]${instance.id}`,
  });

  /** An instance that takes longer is ended, whatever it does. */
  const runOn = async (instance: Instance, { name, bundle, entry, timeoutMs }: Deployed, event: unknown) => {
    const atMostMs = Math.min(timeoutMs, limits.functionMs);
    const late = `Task timed out after ${(atMostMs / 1_000).toFixed(2)} seconds`;
    const timer = setTimeout(() => void instance.end(late), atMostMs);
    try {
      return await instance.run({
        ...{ bundle, entry, aheadMs },
        event: JSON.stringify(event),
        context: contextOf(name, instance),
        deadline: Date.now() + atMostMs,
      });
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    invoke: async (name, event) => {
      const deployed = deployment.functions.get(name);
      if (!deployed) throw new Error(`there is no function ${name}`);
      const pool = poolOf(name);
      begin(deployed);
      try {
        const instance = await pool.take();
        // Given back before anybody hears of the answer: the next event finds it.
        return await runOn(instance, deployed, event).finally(() => pool.giveBack(instance));
      } finally {
        end(deployed);
      }
    },
    instances: () =>
      [...pools].flatMap(([name, pool]) =>
        pool.all().map((one) => ({
          function: name,
          id: one.id,
          invocations: one.invocations,
          heapBytes: one.heapBytes,
          state: pool.isIdle(one) ? ('frozen' as const) : ('running' as const),
        })),
      ),
    frozen: async () => {
      while (running > 0) await new Promise<void>((resolve) => thawed.push(resolve));
    },
    skip: (ms) => {
      aheadMs += ms;
    },
    kill: (name) => poolOf(name).kill(),
    retire: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.retire()));
    },
    stop: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.stop()));
    },
  };
};
