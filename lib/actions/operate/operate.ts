import type { Command } from '../../../schema/operate.ts';
import type { App } from '../../app.ts';
import { finishDrain, startDrain } from './drain.ts';
import { kick } from './kick.ts';

type Uses = Pick<App, 'beats' | 'connections' | 'gateway' | 'settings' | 'clock' | 'chance'>;

/** An emergency that lasts longer is a deployment. */
const factorMs = 86_400_000;

export const operate = async (app: Uses, command: Command): Promise<Record<string, number>> => {
  if ('kick' in command) return kick(app, command.kick);
  if ('factor' in command) {
    await app.settings.setFactor(command.factor, factorMs);
    return { factor: command.factor };
  }
  const { drain } = command;
  return 'overMs' in drain ? startDrain(app, drain.overMs) : finishDrain(app, drain.before);
};
