import { BadArgument, readArguments } from '../cost/options.ts';
import { optionTable, reckoning } from '../cost/paper.ts';

/** `npm run cost -- --users 10000 --messages-per-day 40 …`: what a month costs, and which setting costs what. */
const args = process.argv.slice(2);
try {
  console.log(args.includes('--help') ? optionTable() : reckoning(readArguments(args)));
} catch (error) {
  if (!(error instanceof BadArgument)) throw error;
  console.error(`${error.message}\n--help explains them`);
  process.exitCode = 1;
}
