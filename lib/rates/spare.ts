import type { App } from '../app.ts';
import { isUnavailable } from '../errors.ts';
import type { Wait, Window } from './port.ts';

/** With the store of rates away, this container limits alone. */
export const takeSomewhere = async (
  { rates, spareRates }: Pick<App, 'rates' | 'spareRates'>,
  subject: string,
  rateClass: string,
  window: Window,
): Promise<Wait> => {
  try {
    return await rates.take(subject, rateClass, window);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return spareRates.take(subject, rateClass, window);
  }
};
