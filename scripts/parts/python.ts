import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Python tools in a virtual environment of their own, fetched once into `.parley/python`. */
const root = join(import.meta.dirname, '../..');
const wanted = join(root, 'test/support/python');
const files = [join(wanted, 'requirements.txt'), join(wanted, 'constraints.txt')];

/** Python 3.10 to 3.13 with `venv`: what the pinned tools run on. */
const findPython = (): string | undefined =>
  ['python3', 'python'].find((command) => {
    try {
      const said = execFileSync(command, ['-c', 'import venv, ensurepip, sys; print(sys.version_info[:2])'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return /\(3, 1[0-3]\)/.test(said);
    } catch {
      return false;
    }
  });

const installed = (interpreter: string, progress: (line: string) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const [requirements = '', constraints = ''] = files;
    const asked = ['install', '--disable-pip-version-check', '-r', requirements, '-c', constraints];
    const child = spawn(interpreter, ['-m', 'pip', ...asked], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let fetched = 0;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text: Buffer) => {
        said += text;
        const count = said.match(/^Collecting /gm)?.length ?? 0;
        if (Math.floor(count / 20) !== Math.floor(fetched / 20)) progress(`  ${count} packages`);
        fetched = count;
      });
    }
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`pip could not fetch what is needed:\n${said.slice(-1_500)}`)),
    );
  });

/**
 * The interpreter that has the tools; `undefined`, with the reason told, where there is no Python or they cannot be
 * fetched. Half a fetch never counts as one.
 */
export const fetchPython = async (progress: (line: string) => void): Promise<string | undefined> => {
  const python = findPython();
  if (python === undefined) {
    progress('Python 3.10 to 3.13 is missing');
    return undefined;
  }
  const digest = createHash('sha256');
  for (const file of files) digest.update(readFileSync(file));
  const directory = join(root, '.parley/python', digest.digest('hex').slice(0, 16));
  const interpreter = join(directory, 'bin/python');
  const complete = join(directory, 'complete');
  if (existsSync(complete)) return interpreter;
  progress('fetching the Python tools of the tests, once');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  try {
    execFileSync(python, ['-m', 'venv', directory]);
    await installed(interpreter, progress);
  } catch (error) {
    progress(error instanceof Error ? error.message : String(error));
    return undefined;
  }
  writeFileSync(complete, '');
  return interpreter;
};
