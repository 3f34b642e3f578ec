import { AppError } from '../errors.ts';

/** What no route takes: the action is missing, or there is none of that name. */
export const refuse = async (): Promise<never> => {
  throw new AppError('unknown-action', 'unable to act; no such action, and `{"action":"help"}` lists them', {
    pointer: '/action',
  });
};
