import { timer } from '../clock.ts';
import type { Clock } from '../types/environment.ts';
import type { UserId } from '../wire.gen.ts';

/** Whom nobody told of for so long has stopped. */
const endsMs = 6_000;

/** Who is typing in a conversation. */
export const typingIn = (clock: Clock, onChange: () => void) => {
  const timers = new Map<UserId, ReturnType<typeof timer>>();
  let users: readonly UserId[] = [];

  const show = (user: UserId, active: boolean) => {
    const one = timers.get(user) ?? timer(clock);
    one.stop();
    if (active) {
      timers.set(user, one);
      one.start(() => show(user, false), endsMs);
      if (users.includes(user)) return;
    } else if (!timers.delete(user)) return;
    users = [...timers.keys()];
    onChange();
  };
  return { users: () => users, show };
};
