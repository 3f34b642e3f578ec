import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { Keyring } from './keyring.ts';
import { type Key, newest } from './keys.ts';

/** Opaque places in a list. A cursor opens only in the scope it was sealed for: this user, this list. */
export type Cursors = {
  seal(scope: string[], place: object): Promise<string>;
  open<Place extends object>(scope: string[], cursor: string): Promise<Place>;
};

const macBytes = 16;

const mac = ({ sealing }: Key, scope: string[], place: string) =>
  createHmac('sha256', sealing)
    .update(JSON.stringify([...scope, place]))
    .digest()
    .subarray(0, macBytes);

/** Sealed with the newest key, and opened with any. */
export const createCursors = (keys: Keyring, now: () => number): Cursors => ({
  seal: async (scope, place) => {
    const json = JSON.stringify(place);
    const sealed = mac(newest(await keys(), now()), scope, json);
    return Buffer.concat([sealed, Buffer.from(json)]).toString('base64url');
  },
  open: async <Place extends object>(scope: string[], cursor: string) => {
    const sealed = Buffer.from(cursor, 'base64url');
    const json = sealed.toString('utf8', macBytes);
    const given = sealed.subarray(0, macBytes);
    const isOurs = (key: Key) => timingSafeEqual(given, mac(key, scope, json));
    if (given.length !== macBytes || !(await keys()).some(isOurs)) {
      throw new AppError('bad-request', 'unable to read on; the cursor is not of this list', {
        pointer: '/cursor',
      });
    }
    return JSON.parse(json) as Place;
  },
});
