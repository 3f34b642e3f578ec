import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors.ts';

/** Opaque places in a list. A cursor opens only in the scope it was sealed for: this user, this list. */
export type Cursors = {
  seal(scope: string[], place: object): string;
  open<Place extends object>(scope: string[], cursor: string): Place;
};

const macBytes = 16;

export const createCursors = (secret: string): Cursors => {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'parley cursors', 32));
  const mac = (scope: string[], place: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify([...scope, place]))
      .digest()
      .subarray(0, macBytes);
  return {
    seal: (scope, place) => {
      const json = JSON.stringify(place);
      return Buffer.concat([mac(scope, json), Buffer.from(json)]).toString('base64url');
    },
    open: <Place extends object>(scope: string[], cursor: string) => {
      const sealed = Buffer.from(cursor, 'base64url');
      const json = sealed.toString('utf8', macBytes);
      const given = sealed.subarray(0, macBytes);
      if (given.length !== macBytes || !timingSafeEqual(given, mac(scope, json))) {
        throw new AppError('bad-request', 'unable to read on; the cursor is not of this list', {
          pointer: '/cursor',
        });
      }
      return JSON.parse(json) as Place;
    },
  };
};
