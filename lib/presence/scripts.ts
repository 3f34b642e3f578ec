import { ttlMs } from '../redis/keys.ts';
import { type Script, script } from '../redis/script.ts';
import presenceLua from './lua/presence.lua';
import { briskSeconds, type Rules, rules } from './rules.ts';

const numbered = (numbers: Record<string, number>) =>
  Object.entries(numbers)
    .map(([name, value]) => `local ${name} = ${value}\n`)
    .join('');

/** What a script about presence begins with: the rules as locals, and what follows from them. */
export const presencePrelude = (given: Rules = rules): string =>
  numbered({ ...given, briskSeconds, presenceMs: ttlMs.presence }) + presenceLua;

export const presenceScript = (name: string, source: string, given?: Rules): Script =>
  script(name, presencePrelude(given) + source);
