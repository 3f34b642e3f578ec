import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasCommand } from '../../../scripts/parts/maven.ts';

/** The linter of GitHub's workflows, from the PATH, or built once by Go; `undefined` where there is neither. */
const wanted = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12';
const directory = join(import.meta.dirname, '../../../.parley/go', 'actionlint-1.7.12');

export const findActionlint = async (progress: (line: string) => void): Promise<string | undefined> => {
  if (hasCommand('actionlint')) return 'actionlint';
  const built = join(directory, 'actionlint');
  if (existsSync(built)) return built;
  if (!hasCommand('go', ['version'])) return undefined;
  progress('building actionlint, once');
  try {
    await promisify(execFile)('go', ['install', wanted], { env: { ...process.env, GOBIN: directory } });
    return built;
  } catch {
    // Out of reach, or too new for this Go: it is as good as not there.
    return undefined;
  }
};
