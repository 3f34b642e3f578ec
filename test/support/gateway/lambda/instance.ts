import { MessageChannel, Worker } from 'node:worker_threads';

/** What an instance and its thread say to each other. Events and results are JSON, as on Lambda. */
export type ToThread = {
  id: number;
  bundle: string;
  entry: string;
  event: string;
  context: Record<string, unknown>;
  deadline: number;
  aheadMs: number;
};
export type Failure = { errorType: string; errorMessage: string; stack: string[] };
export type FromThread =
  | { line: string }
  | { id: number; result: string; heapBytes?: number }
  | { id: number; failed: Failure };

/** What Lambda answers for a handler that threw, timed out or died. */
export class FunctionError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.errorMessage);
    this.failure = failure;
  }
}

/** One event at a time; between two it is frozen. */
export type Instance = {
  id: number;
  /** How many events it has taken. The first was its cold start. */
  invocations: number;
  /** What its heap held when it was last looked at, by those that look. */
  heapBytes: number;
  isOver: boolean;
  run(invocation: Omit<ToThread, 'id'>): Promise<unknown>;
  /** Ends it at once; what runs in it fails with the reason. */
  end(reason: string): Promise<void>;
};

let started = 0;

export const startInstance = (
  environment: Record<string, string>,
  onLine: (line: string) => void,
  looks: boolean,
): Instance => {
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const { port1: port, port2 } = new MessageChannel();
  const worker = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: { port: port2, signal, looks },
    transferList: [port2],
    env: environment,
    execArgv: [],
  });
  let running: PromiseWithResolvers<unknown> | undefined;
  let ending = '';
  const finish = (failure: Failure) => {
    instance.isOver = true;
    onLine(JSON.stringify(failure));
    running?.reject(new FunctionError(failure));
    running = undefined;
  };
  port.on('message', (message: FromThread) => {
    if ('line' in message) onLine(message.line);
    else if ('result' in message) {
      instance.heapBytes = message.heapBytes ?? instance.heapBytes;
      running?.resolve(JSON.parse(message.result));
    } else {
      onLine(JSON.stringify(message.failed));
      running?.reject(new FunctionError(message.failed));
    }
  });
  // An unhandled rejection ends the instance, and with it the invocation that it runs.
  worker.on('error', (error: Error) => {
    const { name, message, stack = '' } = error;
    ending ||= `${name}: ${message}\n${stack}`;
  });
  worker.on('exit', (code) => {
    port.close();
    const errorMessage = ending || `Runtime exited with status ${code}`;
    if (running) finish({ errorType: 'Runtime.ExitError', errorMessage, stack: [] });
    instance.isOver = true;
  });

  const instance: Instance = {
    id: ++started,
    invocations: 0,
    heapBytes: 0,
    isOver: false,
    run: async (invocation) => {
      running = Promise.withResolvers();
      const answer = running.promise;
      port.postMessage({ ...invocation, id: ++instance.invocations } satisfies ToThread);
      Atomics.add(signal, 0, 1);
      Atomics.notify(signal, 0);
      return answer.finally(() => {
        running = undefined;
      });
    },
    end: async (reason) => {
      ending ||= reason;
      await worker.terminate();
    },
  };
  return instance;
};
