import type { Presence } from '../../../schema/pushes.ts';
import type { App } from '../../app.ts';
import { deliver } from '../../deliver.ts';
import { isUnavailable } from '../../errors.ts';

export type TellUses = Pick<App, 'presence' | 'connections' | 'gateway' | 'queue' | 'log' | 'clock'>;

/**
 * Pushes how a user is to those who watch, and notes it last, so that the sweep does it again where it was not done.
 * `false` where it must be looked at again.
 */
export const tellWatchers = async (app: TellUses, now: Presence): Promise<boolean> => {
  try {
    const recipients = await app.presence.watchers(now.user);
    await deliver(app, { frame: { type: 'presence', users: [now] }, recipients });
    return await app.presence.told(now.user, now.online);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return false;
  }
};
