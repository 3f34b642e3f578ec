import type { Known } from '../../../../lib/connections/sessions-memory.ts';
import { standings } from '../../../../lib/presence/arrivals-memory.ts';
import { userKeys } from '../../../../lib/redis/keys.ts';
import type { Keyspace } from '../../../../lib/redis/keyspace.ts';
import type { ConnectionId, UserId } from '../../../../schema/ids.ts';
import { isCalm, type Setting, type World } from '../world.ts';

/** Offline is seen this long after the last frame, at the latest. */
const seenMs = 30_000;
/** Whoever was heard this recently is not told to be away. */
const presentMs = 15_000;
/** The sweep looks this often, and once more where it fails. */
const sweptMs = 10_000;
/** From a look at a user to the post that tells of it, while nothing is slow. */
const underWayMs = 1_000;

/** Whether the last of what was heard before lies further back than is taken for a drop. */
const wasSilent = (heard: number[], at: number) => {
  const before = heard.filter((time) => time <= at);
  // Who comes back in the moment that it is told has been away all the same.
  const settled = before.filter((time) => time <= at - underWayMs);
  return at - (settled.at(-1) ?? 0) >= presentMs;
};

const flaps = ({ record }: World): string[] =>
  record.presences
    .filter(({ user, online, at }) => !online && !wasSilent(record.heard.get(user) ?? [], at))
    .map(({ user, at }) => `I12: ${user} was told to be away at ${at}, and was heard shortly before`);

/**
 * A connection that was forgotten comes back without its heartbeat: until the next one it may be silent for long, and
 * its user counts for a while after it was found to be gone.
 */
const isQuiet = (keys: Keyspace, user: UserId, now: number) => {
  const known = keys.get<ReadonlyMap<string, Known>>(userKeys(user).connections)?.values() ?? [];
  const { left = 0, lingers = 0 } = standings(keys).of(user);
  return left > now - seenMs || lingers > now - sweptMs || [...known].some(({ every }) => every === 0);
};

/** Blocks between these two: they see less of each other. */
const blocksOf = ({ record }: World, one: UserId, other: UserId) =>
  record.blocks.filter((block) => [one, other].includes(block.one) && [one, other].includes(block.other));

/** Silences of over 30 s, up to now. */
const silencesOf = (heard: number[], now: number) =>
  [...heard, now].flatMap((time, i, all) => {
    const from = all[i - 1];
    return from !== undefined && time - from > seenMs + underWayMs ? [{ from, to: time }] : [];
  });

/** Lines that beat all along tell of everybody who fell silent, by a push. */
const unseen = (world: World): string[] => {
  const { record, devices, scheduler, keys } = world;
  const now = scheduler.now();
  const told = (connection: ConnectionId, user: UserId, from: number) =>
    record.presences.some(
      (one) =>
        one.connection === connection &&
        one.user === user &&
        !one.online &&
        one.at > from &&
        one.at <= from + seenMs + underWayMs,
    );
  return devices.flatMap(({ line, watches, user: watcher }) => {
    if (!line?.open || line.deaf) return [];
    const { connection } = line.caller;
    const since =
      record.taken.find((one) => one.connection === connection && one.what === 'watchPresence')?.at ?? now;
    const sought = watches.filter(
      (user) => !isQuiet(keys, user, now) && blocksOf(world, watcher, user).length === 0,
    );
    return sought.flatMap((user) =>
      silencesOf(record.heard.get(user) ?? [], now)
        .filter(({ from }) => from > since && !told(connection, user, from))
        .map(({ from }) => `I12: ${connection} was not told that ${user} was silent from ${from}`),
    );
  });
};

/** Once all is quiet, every client shows everybody as they are. */
const shownWrong = (world: World): string[] => {
  const { record, devices, scheduler, keys } = world;
  return devices.flatMap(({ line, watches, shows, id, user: watcher }) => {
    if (!line?.open || line.deaf) return [];
    return watches.flatMap((user) => {
      if (blocksOf(world, watcher, user).some(({ ends }) => ends.at > scheduler.now())) return [];
      const last = record.heard.get(user)?.at(-1) ?? 0;
      const silentMs = scheduler.now() - last;
      if (silentMs > seenMs + 5_000 && shows.get(user) && !isQuiet(keys, user, scheduler.now()))
        return [`I12: ${id} shows ${user}, silent for ${silentMs} ms`];
      if (silentMs < 6_000 && shows.get(user) === false)
        return [`I12: ${id} shows ${user} as away, heard ${silentMs} ms ago`];
      return [];
    });
  });
};

/** I12, strictly where nothing goes wrong; and everywhere once all is quiet. */
export const presenceShown = (world: World, setting: Setting): string[] => [
  ...shownWrong(world),
  ...(isCalm(setting) ? [...flaps(world), ...unseen(world)] : []),
];
