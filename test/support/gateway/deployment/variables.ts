import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

/** What `${…}` in serverless.yml may name. */
export type Sources = {
  /** The parsed file, for `self:`. */
  self: unknown;
  /** Where the file is, for `file()`. */
  directory: string;
  /** The shell of whoever deploys, for `env:`. */
  environment: Record<string, string | undefined>;
  stage: string;
};

const variable = /\$\{([^{}]+)\}/;

/** A part of it by its path; a variable on the way is filled in first. */
const at = (value: unknown, path: string, sources: Sources): unknown =>
  path.split('.').reduce<unknown>((part, name) => {
    const whole = resolved(part, sources) as Record<string, unknown> | undefined;
    return whole?.[name];
  }, value);

/** What a stage is given by `params`, else what every stage is. */
const paramOf = (name: string, { self, stage }: Sources): unknown => {
  const { params = {} } = self as { params?: Record<string, Record<string, unknown>> };
  return params[stage]?.[name] ?? params.default?.[name];
};

/** A module that exports a function, called with the same environment as the deployment. */
const ofFile = (path: string, { directory, environment }: Sources): unknown => {
  const code = `JSON.stringify(require(${JSON.stringify(resolve(directory, path))})())`;
  const env = environment as NodeJS.ProcessEnv;
  return JSON.parse(execFileSync(process.execPath, ['-p', code], { env, encoding: 'utf8' }));
};

/** One alternative of `${one, two, 'literal'}`; `undefined` where it names nothing. */
const ofAlternative = (alternative: string, sources: Sources): unknown => {
  const literal = alternative.match(/^'(.*)'$/)?.[1];
  if (literal !== undefined) return literal;
  const file = alternative.match(/^file\((.+)\)$/)?.[1];
  if (file !== undefined) return ofFile(file, sources);
  const [kind = '', name = ''] = alternative.split(':');
  if (kind === 'env') return sources.environment[name];
  if (kind === 'self') return resolved(at(sources.self, name, sources), sources);
  if (kind === 'param') return paramOf(name, sources);
  if (alternative === 'null') return undefined;
  if (alternative === 'opt:stage' || alternative === 'sls:stage') return sources.stage;
  if (kind === 'opt') return undefined;
  throw new Error(`\${${alternative}} of serverless.yml is not known here`);
};

/** A value of serverless.yml with its variables filled in, the few kinds of them that ours uses. */
export const resolved = (value: unknown, sources: Sources): unknown => {
  if (typeof value !== 'string') return value;
  const found = value.match(variable);
  if (!found) return value;
  let chosen: unknown;
  for (const alternative of (found[1] ?? '').split(',')) {
    chosen ??= ofAlternative(alternative.trim(), sources);
  }
  // A variable that is the whole value may be of any type.
  if (found[0] === value) return chosen;
  return resolved(
    value.replace(found[0], () => String(chosen)),
    sources,
  );
};
