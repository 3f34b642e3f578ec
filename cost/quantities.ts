import { type Activity, activityOf, hoursPerMonth } from './activity.ts';
import { countOf, lineOf, type Operation } from './counts.ts';
import { estimate, type Meter } from './data.ts';
import type { Usage } from './options.ts';

/** What a month takes of each thing that is billed. */
export type Quantities = Record<Meter, number>;

const gigabyte = 1e9;
const freeEgress = 100;
/** What Keyspaces bills a write and a read by. */
const writeBytes = 1_024;
const readBytes = 4_096;
const cacheMinimum = 0.1;
const recentEntries = 100;
/** Connections that an invocation posts to itself; the rest goes over the queue, in pieces of as many. */
const inlinePosts = 200;
/** Lambda asks a queue by so many at once, each for 20 seconds. */
const idlePolls = 5 * 3 * 60 * hoursPerMonth;
const monthOfMinutes = hoursPerMonth * 60;
const daysPerMonth = hoursPerMonth / 24;
const sweepSeconds = 55;

const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, one) => total + one, 0);
const named = (counts: Record<string, number>, isOf: (name: string) => boolean) =>
  sum(Object.entries(counts).flatMap(([name, count]) => (isOf(name) ? [count] : [])));
const isRead = (name: string) => name.startsWith('read ');
/** Scripts have names of their own. */
const isCommand = (name: string) => name === name.toUpperCase();

/** Milliseconds of the function that does it; the sweep is reckoned by itself. */
const runsMs = (operation: Operation): number => {
  switch (operation) {
    case 'authorize':
      return estimate('authorizeMs');
    case 'connect':
      return estimate('connectMs');
    case 'disconnect':
      return estimate('disconnectMs');
    case 'send':
      return estimate('sendMs');
    case 'mark':
      return estimate('markMs');
    case 'ping':
    case 'typing':
      return estimate('frameMs');
    case 'watch':
    case 'syncCompare':
    case 'newestPage':
      return estimate('readMs');
    default:
      return 0;
  }
};

const storesOf = (usage: Usage, activity: Activity) => {
  const { members, watched, users, conversations } = usage;
  const entryBytes = estimate('entryBytes') + usage['text-bytes'];
  const entryWrites = Math.ceil(entryBytes / writeBytes);
  const rowsRead = (rows: number, bytes: number) => Math.max(1, Math.ceil((rows * bytes) / readBytes));

  const total = { scripts: 0, commands: 0, writes: 0, reads: 0 };
  for (const [operation, times] of Object.entries(activity.times) as [Operation, number][]) {
    const { redis, cassandra } = countOf(operation, { members, watched });
    total.scripts += times * named(redis, (name) => !isCommand(name));
    total.commands += times * named(redis, isCommand);
    total.writes +=
      times * named(cassandra, (name) => !isRead(name)) * (operation === 'send' ? entryWrites : 1);
    const unit = operation === 'syncCompare' ? rowsRead(conversations, estimate('rowBytes')) : 1;
    total.reads += times * named(cassandra, isRead) * unit;
  }
  const { times, httpRequests, looks, messages } = activity;
  // A request over HTTP is counted by its user, and its device's row is read.
  total.scripts += httpRequests + 2 * looks + 2 * times.syncCompare * estimate('changed');
  const older =
    rowsRead(estimate('pageRows'), entryBytes) + rowsRead(estimate('pageRows'), estimate('rowBytes'));
  total.reads += httpRequests * (1 + estimate('olderShare') * older);
  total.writes += messages * (estimate('activeShare') * members + 1 / 256);

  const logs = (users * conversations) / members;
  const entries = logs > 0 ? Math.min(recentEntries, messages / logs) : 0;
  return {
    ...total,
    cacheGb:
      (users * estimate('userBytes') + logs * (estimate('conversationBytes') + entries * entryBytes)) /
      gigabyte,
    storedGb:
      (usage.months * (messages * entryBytes + times.mark * estimate('rowBytes')) +
        users * conversations * 2 * estimate('rowBytes')) /
      gigabyte,
  };
};

/** Every invocation writes one line of what it counted; what comes out of the queue, one for each piece. */
const linesOf = ({ times }: Activity, pieces: number) => {
  const written = Object.entries(times).map(([name, count]) => ({ line: lineOf(name as Operation), count }));
  const bytes = sum(
    [...written, { line: lineOf('send'), count: pieces }].map(({ line, count }) => line * count),
  );
  const lines = sum(written.map(({ line, count }) => (line > 0 ? count : 0))) + pieces;
  return bytes + lines * estimate('linePrefixBytes');
};

/** The queue takes over where a message has more connections than one invocation posts to. */
const piecesOf = (usage: Usage) => {
  const told = (usage.members - 1) * (usage.online / 100) * usage.devices;
  return told > inlinePosts ? Math.ceil((told - inlinePosts) / inlinePosts) : 0;
};

export const quantitiesOf = (usage: Usage): Quantities => {
  const activity = activityOf(usage);
  const { times, posts, connectedHours, httpRequests, messages, brisk } = activity;
  const stores = storesOf(usage, activity);
  const pieces = messages * piecesOf(usage);

  const frames = times.send + times.ping + times.typing + times.mark + times.watch + times.syncCompare;
  const invocations =
    frames + times.authorize + times.connect + times.disconnect + httpRequests + pieces + monthOfMinutes;
  const worked = sum(
    (Object.entries(times) as [Operation, number][]).map(([operation, count]) => count * runsMs(operation)),
  );
  const swept = monthOfMinutes * (brisk ? sweepSeconds * 1_000 : estimate('sweepMs'));
  const ms =
    worked + swept + posts * estimate('postMs') + invocations * estimate('coldShare') * estimate('coldMs');

  const logs =
    (linesOf(activity, pieces) +
      invocations * estimate('invocationLogBytes') +
      (frames + httpRequests) * estimate('accessLogBytes')) /
    gigabyte;
  const frameBytes = estimate('frameBytes') + usage['text-bytes'];
  const natGateways = { none: 0, one: 1, two: 2 }[usage.nat];
  const zones = 2;
  return {
    socketMessages: 2 * frames + posts,
    connectionMinutes: connectedHours * 60,
    httpRequests,
    lambdaRequests: invocations,
    lambdaSeconds: (ms / 1_000) * (estimate('functionMegabytes') / 1_024),
    keyspacesWrites: stores.writes,
    keyspacesReads: stores.reads,
    keyspacesStorage: stores.storedGb,
    keyspacesBackup: stores.storedGb,
    cacheUnits: stores.scripts * estimate('scriptUnits') + stores.commands,
    cacheStorage: Math.max(cacheMinimum, stores.cacheGb) * hoursPerMonth,
    natHours: natGateways * hoursPerMonth,
    natData: natGateways > 0 ? (posts * estimate('postBytes')) / gigabyte : 0,
    addressHours: natGateways * hoursPerMonth,
    endpointHours: zones * hoursPerMonth,
    endpointData: ((stores.writes + stores.reads) * writeBytes) / gigabyte,
    egress: Math.max(
      0,
      ((frames + posts) * frameBytes + httpRequests * estimate('pageRows') * frameBytes) / gigabyte -
        freeEgress,
    ),
    queueRequests: idlePolls + 3 * pieces,
    logs,
    logStorage: logs * estimate('logPacked') * (estimate('logDays') / daysPerMonth),
    metrics: estimate('metrics'),
    alarms: estimate('alarmMetrics'),
    compositeAlarms: estimate('compositeAlarms'),
    dashboards: 1,
    secrets: 2,
  };
};
