import { expect, test } from '@jest/globals';
import { listeners } from '../../client/live.ts';

test('what a listener sets off is told to everybody after what it heard', () => {
  const steps = listeners<string>();
  const heard: string[][] = [[], []];
  steps.add((step) => {
    heard[0]?.push(step);
    if (step === 'connected') steps.tell('closed');
  });
  steps.add((step) => heard[1]?.push(step));
  steps.tell('connected');
  steps.tell('later');
  expect(heard).toEqual([
    ['connected', 'closed', 'later'],
    ['connected', 'closed', 'later'],
  ]);
});
