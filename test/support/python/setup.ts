import { fetchPython } from '../../../scripts/parts/python.ts';

/** Before tests that run a Python tool; `TEST_PYTHON` is empty where there is no Python. */
const say = (line: string) => console.error(line);

export default async (): Promise<void> => {
  const python = process.env.TEST_PYTHON ?? (await fetchPython(say)) ?? '';
  if (python === '') say('without it, what needs cfn-lint, checkov, moto or schemathesis is skipped');
  process.env.TEST_PYTHON = python;
};
