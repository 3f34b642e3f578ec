import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { python } from '../cloud/python.ts';
import type { Strict } from '../strict.ts';

const document = join(import.meta.dirname, '../../../docs/openapi.yaml');

/** Python's expressions know no classes of Unicode; those of control characters and surrogates are these. */
const inPython = (text: string): string => {
  const named = text
    .replaceAll('\\\\p{Cc}', '\\\\x00-\\\\x1f\\\\x7f-\\\\x9f')
    .replaceAll('\\\\p{Cs}', '\\\\ud800-\\\\udfff');
  if (named.includes('\\\\p{')) throw new Error('there is a pattern that Python does not know');
  return named;
};

/** Every answer is one of the document's, in its form, and none is a fault; who shows no token gets nothing. */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'ignored_auth',
].join(',');

/** Asks every route for whatever it should and should not be asked; what schemathesis said, and whether all was well. */
export const examine = async (
  strict: Strict,
  { examples, seed }: { examples: number; seed: number },
): Promise<{ isWell: boolean; said: string }> => {
  const { token } = await strict.register();
  const cwd = mkdtempSync(join(process.env.TEST_DIRECTORY ?? '', 'schemathesis-'));
  const readable = join(cwd, 'openapi.json');
  writeFileSync(readable, inPython(JSON.stringify(parse(readFileSync(document, 'utf8')))));
  const args = [
    ...['run', readable, '--url', strict.httpUrl],
    ...['--header', `Authorization: Bearer ${token}`],
    ...['--checks', checks, '--phases', 'examples,coverage,fuzzing'],
    ...['--max-examples', String(examples), '--seed', String(seed)],
    ...['--continue-on-failure', '--generation-database', 'none', '--no-color', '--warnings', 'off'],
  ];
  return new Promise((resolve) => {
    const tool = join(dirname(python ?? ''), 'schemathesis');
    execFile(tool, args, { cwd, maxBuffer: 64 * 1_024 * 1_024 }, (error, stdout, stderr) =>
      resolve({ isWell: error === null, said: stdout + stderr }),
    );
  });
};
