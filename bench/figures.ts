import { median } from './quantiles.ts';

/** Numbers as a table shows them. */
export const figure = (value: number, digits: number): string =>
  value.toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** The median over repetitions, and the lowest and the highest of them. */
export const spread = (values: readonly number[], digits: number): string => {
  const [middle, low, high] = [median(values), Math.min(...values), Math.max(...values)];
  const told = figure(middle, digits);
  return values.length === 1 ? told : `${told} (${figure(low, digits)}–${figure(high, digits)})`;
};
