import { Console } from 'node:console';
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { FromThread, ToThread } from './instance.ts';

/**
 * An instance of a function, as the Node runtime of Lambda runs one. A thread for each: a module registry, globals,
 * timers and sockets of its own, as a container has, at a fifth of the memory and start of a process. Between
 * invocations it is frozen: `Atomics.wait` stops its whole event loop, so no timer fires and no socket is read, and
 * on thawing the handler runs before any of what it missed (platform.md 4.2). What nobody awaited goes on then.
 */
const { port, signal, looks } = workerData as { port: MessagePort; signal: Int32Array; looks: boolean };
const say = (message: FromThread) => port.postMessage(message);

/** What is held once nothing is left to collect. Collecting takes a while: it is done now and then, where it is asked for. */
const lookEvery = 32;
const look = () => {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return { heapBytes: getHeapStatistics().used_heap_size };
};

/** The clock of a thawed instance is ahead of what it remembers. */
let aheadMs = 0;
const RealDate = Date;
class InstanceDate extends RealDate {
  constructor(...given: [] | [string | number | Date]) {
    super(...((given.length === 0 ? [InstanceDate.now()] : given) as [number]));
  }
  static override now() {
    return RealDate.now() + aheadMs;
  }
}
globalThis.Date = InstanceDate as DateConstructor;

/** Lambda takes lines at once; a thread's own stdout would wait for the event loop, which freezes. */
const lines = new Writable({
  write: (chunk, _encoding, done) => {
    say({ line: String(chunk).trimEnd() });
    done();
  },
});
globalThis.console = new Console({ stdout: lines, stderr: lines });

/** Frozen until there is an invocation. */
const nextInvocation = (): ToThread => {
  for (;;) {
    const seen = Atomics.load(signal, 0);
    const received = receiveMessageOnPort(port);
    if (received) return received.message;
    Atomics.wait(signal, 0, seen);
  }
};

type Handler = (event: unknown, context: unknown) => unknown;
const load = createRequire(import.meta.url);

const handlerOf = ({ bundle, entry }: ToThread): Handler => {
  const handler = load(bundle)[entry];
  if (typeof handler !== 'function') throw new Error(`${bundle} exports no function ${entry}`);
  // Node 24 on Lambda takes no callback handlers (platform.md 4.1).
  if (handler.length > 2) throw new Error(`${bundle}: ${entry} wants a callback`);
  return handler;
};

const contextOf = ({ context, deadline }: ToThread) => ({
  ...context,
  getRemainingTimeInMillis: () => Math.max(0, deadline - RealDate.now()),
});

for (;;) {
  const invocation = nextInvocation();
  const { id, event } = invocation;
  aheadMs = invocation.aheadMs;
  try {
    const result = await handlerOf(invocation)(JSON.parse(event), contextOf(invocation));
    say({ id, result: JSON.stringify(result) ?? 'null', ...(looks && id % lookEvery === 0 && look()) });
  } catch (error) {
    const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    say({ id, failed: { errorType: name, errorMessage: message, stack: stack.split('\n') } });
  }
}
