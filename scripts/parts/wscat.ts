import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

/** wscat as a person runs it: lines in, lines out. */
export type Wscat = {
  type(frame: object | string): void;
  /** When it answers: without a terminal it neither says that it is connected nor keeps what is typed before. */
  connected(): Promise<void>;
  /** The first line, said or to come, that fits; throws when it ends before. */
  hears(pattern: RegExp): Promise<RegExpMatchArray>;
  end(): Promise<void>;
};

const program = join(import.meta.dirname, '../../node_modules/wscat/bin/wscat');

export const startWscat = (url: string, token: string): Wscat => {
  const child: ChildProcess = spawn(process.execPath, [
    program,
    ...['-c', url],
    ...['-H', `Authorization: Bearer ${token}`],
  ]);
  let said = '';
  let ended = false;
  let heard = Promise.withResolvers<void>();
  const wake = () => {
    heard.resolve();
    heard = Promise.withResolvers();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => {
      said += text;
      wake();
    });
  }
  child.once('exit', () => {
    ended = true;
    wake();
  });

  const type: Wscat['type'] = (frame) => {
    child.stdin?.write(`${typeof frame === 'string' ? frame : JSON.stringify(frame)}\n`);
  };
  const hears: Wscat['hears'] = async (pattern) => {
    for (;;) {
      const match = said.match(pattern);
      if (match) return match;
      if (ended) throw new Error(`wscat ended before it heard ${pattern}; it said:\n${said}`);
      await heard.promise;
    }
  };
  return {
    type,
    hears,
    connected: async () => {
      const asking = setInterval(() => type({ action: 'ping' }), 200);
      try {
        await hears(/"pong"/);
      } finally {
        clearInterval(asking);
      }
    },
    end: async () => {
      child.kill();
      if (!ended) await new Promise((resolve) => child.once('exit', resolve));
    },
  };
};
