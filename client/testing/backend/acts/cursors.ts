import { Refusal } from '../refusal.ts';

/** Opaque places in a list. One opens only in the list it was made for; it is no secret here. */
export const seal = (list: string, place: object): string =>
  btoa(JSON.stringify({ list, place })).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

const notOfThis = () => new Refusal('bad-request', 'the cursor is not of this list', { pointer: '/cursor' });

export const open = <Place>(list: string, cursor: string): Place => {
  try {
    const sealed = JSON.parse(atob(cursor.replaceAll('-', '+').replaceAll('_', '/')));
    if (sealed.list === list) return sealed.place;
  } catch {
    // What was made up is no cursor either.
  }
  throw notOfThis();
};
