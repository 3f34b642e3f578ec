import { timer } from '../clock.ts';
import type { ParleyError } from '../error.ts';
import type { Request } from '../http.ts';
import { live } from '../live.ts';
import type { Clock } from '../types/environment.ts';
import type { Users } from '../types/parley.ts';
import type { User, UserId, UserList } from '../wire.gen.ts';

/** Ids that one request may name. */
const mostIds = 100;
/** Names that are wanted at one moment are asked for together. */
const gatherMs = 20;
/** Between a failure and the next time. */
const restMs = 10_000;

/** Names of users, asked for when somebody wants to show them. */
export const userNames = (clock: Clock, request: Request): Users & { stop(): void } => {
  let known: ReadonlyMap<UserId, User> = new Map();
  const wanted = new Set<UserId>();
  /** Where it is not known either, there is none. */
  const answered = new Set<UserId>();
  const gather = timer(clock);
  let isAsking = false;
  let notBefore = 0;
  const view = live(() => known);

  const find: Users['find'] = async (by) => {
    const query =
      'name' in by ? `name=${encodeURIComponent(by.name)}` : `ids=${by.ids.map(encodeURIComponent).join()}`;
    const { items } = await request<UserList>('GET', `/v1/users?${query}`);
    known = new Map([...known, ...items.map((user) => [user.id, user] as const)]);
    view.touch();
    return items;
  };
  const ask = async () => {
    isAsking = true;
    const ids = [...wanted].slice(0, mostIds);
    try {
      await find({ ids });
      for (const id of ids) {
        wanted.delete(id);
        answered.add(id);
      }
    } catch (error) {
      notBefore = clock.now() + restMs;
      // What is refused waits for somebody to look again.
      if (!(error as ParleyError).retryable) for (const id of ids) wanted.delete(id);
    }
    isAsking = false;
    if (wanted.size > 0) soon();
  };
  const soon = () => {
    if (!isAsking && !gather.isSet())
      gather.start(() => void ask(), Math.max(gatherMs, notBefore - clock.now()));
  };

  return {
    get: view.get,
    onChange: view.onChange,
    find,
    name: (id) => {
      const user = known.get(id);
      if (!user && !answered.has(id)) {
        wanted.add(id);
        soon();
      }
      return user?.name;
    },
    stop: gather.stop,
  };
};
