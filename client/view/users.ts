import { timer } from '../clock.ts';
import type { Request } from '../http.ts';
import { live } from '../live.ts';
import type { Clock } from '../types/environment.ts';
import type { Users } from '../types/parley.ts';
import type { User, UserId, UserList } from '../wire.gen.ts';

/** Ids that one request may name. */
const mostIds = 100;
/** Names that are wanted at one moment are asked for together. */
const gatherMs = 20;

/** Names of users, asked for when somebody wants to show them. */
export const userNames = (clock: Clock, request: Request): Users & { stop(): void } => {
  let known: ReadonlyMap<UserId, User> = new Map();
  const wanted = new Set<UserId>();
  const asked = new Set<UserId>();
  const gather = timer(clock);
  const view = live(() => known);

  const find: Users['find'] = async (by) => {
    const query =
      'name' in by ? `name=${encodeURIComponent(by.name)}` : `ids=${by.ids.map(encodeURIComponent).join()}`;
    const { items } = await request<UserList>('GET', `/v1/users?${query}`);
    known = new Map([...known, ...items.map((user) => [user.id, user] as const)]);
    view.touch();
    return items;
  };
  const ask = () => {
    const ids = [...wanted].slice(0, mostIds);
    for (const id of ids) {
      wanted.delete(id);
      asked.add(id);
    }
    // Asked for again when it is wanted again.
    find({ ids }).catch(() => {
      for (const id of ids) asked.delete(id);
    });
    if (wanted.size > 0) gather.start(ask, gatherMs);
  };

  return {
    get: view.get,
    onChange: view.onChange,
    find,
    name: (id) => {
      const user = known.get(id);
      if (!user && !asked.has(id)) {
        wanted.add(id);
        if (!gather.isSet()) gather.start(ask, gatherMs);
      }
      return user?.name;
    },
    stop: gather.stop,
  };
};
