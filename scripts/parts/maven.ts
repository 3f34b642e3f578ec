import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Artifacts of Maven, copied once into `.parley/cache`, which git does not track. */
const cacheDirectory = join(import.meta.dirname, '../../.parley/cache');

export const hasCommand = (command: string, args: string[] = ['-version']): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

const maven = (args: string[], onTick: () => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn('mvn', ['-q', '-B', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
    const ticking = setInterval(onTick, 1_000);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearInterval(ticking);
      if (code === 0) resolve();
      else reject(new Error(`Maven could not fetch what is needed:\n${said.slice(-1_500)}`));
    });
  });

const pomOf = (artifact: string) => {
  const [groupId, artifactId, version] = artifact.split(':');
  return `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>parley</groupId><artifactId>parts</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies><dependency>
    <groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version>
  </dependency></dependencies>
</project>
`;
};

/** A directory with the artifact's jars, or with what is in its own jar. Half a download never counts as one. */
export const fetchArtifact = async (
  artifact: string,
  how: 'jars' | 'contents',
  progress: (line: string) => void,
): Promise<string> => {
  const target = join(cacheDirectory, artifact.replaceAll(':', '_'));
  if (existsSync(target)) return target;
  if (!hasCommand('mvn')) {
    throw new Error(
      'Maven is missing: install it (`mvn` on the PATH), or Docker, or start with --store=memory',
    );
  }
  const partial = `${target}.partial-${process.pid}`;
  const jars = join(partial, 'out');
  mkdirSync(jars, { recursive: true });
  writeFileSync(join(partial, 'pom.xml'), pomOf(artifact));
  progress(`fetching ${artifact} from Maven, once`);
  let shown = 0;
  const tick = () => {
    const count = readdirSync(jars).length;
    if (count !== shown) progress(`  ${count} files`);
    shown = count;
  };
  try {
    await maven(
      how === 'jars'
        ? [
            '-f',
            join(partial, 'pom.xml'),
            'dependency:copy-dependencies',
            `-DoutputDirectory=${jars}`,
            '-DincludeScope=runtime',
          ]
        : [
            '-f',
            join(partial, 'pom.xml'),
            'dependency:unpack',
            `-Dartifact=${artifact}`,
            `-DoutputDirectory=${jars}`,
          ],
      tick,
    );
    if (!existsSync(target)) renameSync(jars, target);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return target;
};
