import { join } from 'node:path';
import findPythonTools from '../python/setup.ts';
import { findActionlint } from './actionlint.ts';
import { checkoutIn } from './checkout.ts';
import { everyStage, packagedBy } from './stages.ts';

/** Before the tests of the cloud: their Python tools, and a package of every stage, two at a time. */
const say = (line: string) => console.error(line);

const packageAll = async (directory: string) => {
  const waiting = [...everyStage];
  const lane = async () => {
    for (let stage = waiting.shift(); stage !== undefined; stage = waiting.shift()) {
      const checkout = checkoutIn(join(directory, 'stages', stage), join(directory, 'dist'));
      const { args, environment } = packagedBy(stage);
      await checkout.serverless(args, environment);
    }
  };
  await Promise.all([lane(), lane()]);
};

export default async (): Promise<void> => {
  await findPythonTools();
  const actionlint = await findActionlint(say);
  if (actionlint === undefined)
    say('actionlint is missing, and Go, which builds it: workflows are read by our own rules alone');
  else process.env.TEST_ACTIONLINT = actionlint;
  await packageAll(process.env.TEST_DIRECTORY ?? '');
};
