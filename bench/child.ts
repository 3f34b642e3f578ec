import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A measurement in a process of its own: nothing else is in its CPU, its heap or its compiled code. */
const running = new Set<ChildProcess>();

export const measureIn = <Told>(
  file: URL,
  asked: object,
  environment: Record<string, string> = {},
): Promise<Told> =>
  new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(file), [JSON.stringify(asked)], {
      execArgv: ['--import', new URL('lua.ts', import.meta.url).href],
      // What handlers log belongs to nobody here; what goes wrong does.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, ...environment },
    });
    running.add(child);
    child.once('message', (told) => resolve(told as Told));
    child.once('error', reject);
    child.once('exit', (code) => {
      running.delete(child);
      reject(new Error(`${file.pathname.split('/').at(-1)} ended with ${code} and told nothing`));
    });
  });

export const endChildren = (): void => {
  for (const child of running) child.kill();
};

/** The child's side: measures what it was asked for, tells it, and ends; also when its parent has gone. */
export const tell = async <Asked, Told extends object>(
  measure: (asked: Asked) => Promise<Told>,
): Promise<void> => {
  process.once('disconnect', () => process.exit(1));
  const told = await measure(JSON.parse(process.argv[2] ?? '{}'));
  process.send?.(told, () => process.exit(0));
};
