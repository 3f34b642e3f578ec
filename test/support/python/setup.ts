import { fetchPython } from '../../../scripts/parts/python.ts';

/** Before tests that run a Python tool beside the stores; `TEST_PYTHON` stays unset where there is no Python. */
const say = (line: string) => console.error(line);

export default async (): Promise<void> => {
  if (process.env.TEST_PYTHON !== undefined) return;
  const python = await fetchPython(say);
  if (python === undefined) say('without it, what needs schemathesis is skipped');
  else process.env.TEST_PYTHON = python;
};
