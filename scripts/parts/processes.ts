import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Processes of the real parts. Each leaves `<name>.pid` beside its log, so that the next start finds what a killed
 * parent left behind; and `keeper.ts` ends them when the parent is gone.
 */
export type Running = {
  pid: number;
  /** Ends it, and returns when it has. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Resolves when it ends, with the tail of its log. */
  ended: Promise<string>;
};

export type Command = {
  /** Names the files; a directory holds one process of a name. */
  name: string;
  directory: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  cwd?: string;
};

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Waits for a process that is no child of ours, which no event announces. */
const untilGone = async (pid: number) => {
  const deadline = Date.now() + 15_000;
  while (isAlive(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
};

const commandLineOf = (pid: number) => {
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
};

export const isRunning = (pid: number, mark: string): boolean =>
  isAlive(pid) && commandLineOf(pid).includes(mark);

/** Kills what an earlier, killed parent left: only a process whose command line names this directory. */
export const clearLeftover = async (directory: string, name: string): Promise<void> => {
  const file = join(directory, `${name}.pid`);
  let pid: number;
  try {
    pid = Number(readFileSync(file, 'utf8'));
  } catch {
    return;
  }
  if (isRunning(pid, directory)) {
    process.kill(pid, 'SIGKILL');
    await untilGone(pid);
  }
  rmSync(file, { force: true });
};

const tailOf = (file: string) => readFileSync(file, 'utf8').split('\n').slice(-15).join('\n');

/** A child in a group of its own: a Ctrl-C in the terminal reaches the parent, which ends the children in order. */
export const run = async ({ name, directory, command, args, env, cwd }: Command): Promise<Running> => {
  await clearLeftover(directory, name);
  mkdirSync(directory, { recursive: true });
  const logFile = join(directory, `${name}.log`);
  const log = openSync(logFile, 'w');
  const child: ChildProcess = spawn(command, args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  closeSync(log);
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => {
      rmSync(join(directory, `${name}.pid`), { force: true });
      resolve(tailOf(logFile));
    });
  });
  await Promise.race([new Promise((resolve) => child.once('spawn', resolve)), ended]);
  const pid = child.pid ?? 0;
  writeFileSync(join(directory, `${name}.pid`), String(pid));
  keep(pid);
  return {
    pid,
    ended,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      const killing = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(killing);
    },
  };
};

let keeper: ChildProcess | undefined;

/** Tells the keeper of a process that must not outlive this one. */
const keep = (pid: number) => {
  keeper ??= spawn(process.execPath, [join(import.meta.dirname, 'keeper.ts')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  keeper.unref();
  const { stdin } = keeper;
  (stdin as unknown as { unref(): void }).unref();
  stdin?.write(`${pid}\n`);
};
