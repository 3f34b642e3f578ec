import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { idle, monthOf, variantsOf } from '../../cost/bill.ts';
import { lineOf } from '../../cost/counts.ts';
import { estimate, prices } from '../../cost/data.ts';
import { options, readArguments, type Usage, usual } from '../../cost/options.ts';
import { quantitiesOf } from '../../cost/quantities.ts';
import { textOf } from '../drift/sources.ts';

describe('arguments', () => {
  test('are read in both spellings, and what is not named is as usual', () => {
    expect(readArguments([])).toEqual(usual);
    expect(readArguments(['--users', '7', '--nat=two', '--typing', '0.5'])).toEqual({
      ...usual,
      users: 7,
      nat: 'two',
      typing: 0.5,
    });
  });

  test.each<[string[], RegExp]>([
    [['--people', '7'], /"--people" is no option; there are --users, --messages-per-day/],
    [['--__proto__', '7'], /is no option/],
    [['users', '7'], /"users" is no option/],
    [['--users'], /--users needs a value/],
    [['--users', 'many'], /--users is a number from 0 to 100000000, not "many"/],
    [['--users', ''], /--users is a number/],
    [['--users', '-1'], /--users is a number/],
    [['--users', 'Infinity'], /--users is a number/],
    [['--heartbeat', '0'], /--heartbeat is a number from 1 to 540/],
    [['--nat', 'three'], /--nat is one of none, one, two, not "three"/],
    [['--users', '1', '--users', '2'], /--users is given twice/],
  ])('that are wrong are named: %j', (args, message) => {
    expect(() => readArguments(args)).toThrow(message);
  });
});

describe('prices', () => {
  test('are of all that is metered, each once, with a source and a day', () => {
    const ids = prices.map(({ id }) => id);
    expect(ids.toSorted()).toEqual(Object.keys(quantitiesOf(usual)).toSorted());
    expect(new Set(ids).size).toBe(ids.length);
    for (const { usd, per, said, source, date, dated } of prices) {
      expect(usd).toBeGreaterThan(0);
      expect([1, 1_000_000]).toContain(per);
      expect(source).toMatch(/^https:\/\//);
      expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(['stated', 'read']).toContain(dated);
      expect(['aws', 'copied', 'others']).toContain(said);
    }
  });
});

/** Nothing goes on but what a test turns on; 24 users with one of a thing a day have 730 a month. */
const quiet: Usage = {
  ...usual,
  users: 24,
  'messages-per-day': 0,
  hours: 0,
  sessions: 0,
  pages: 0,
  receipts: 0,
  typing: 0,
  watched: 0,
  conversations: 0,
  months: 0,
  online: 100,
};
/** What a month takes more than a quiet one. */
const moreOf = (change: Partial<Usage>, than: Partial<Usage> = {}) => {
  const [before, after] = [
    quantitiesOf({ ...quiet, ...than }),
    quantitiesOf({ ...quiet, ...than, ...change }),
  ];
  return Object.fromEntries(
    Object.entries(after).map(([meter, quantity]) => [
      meter,
      quantity - before[meter as keyof typeof before],
    ]),
  );
};

describe('a month of', () => {
  test('730 messages to one other who is there', () => {
    const more = moreOf({ 'messages-per-day': 1 });
    expect(more.socketMessages).toBeCloseTo(730 * (1 + 1 + 1));
    expect(more.lambdaRequests).toBeCloseTo(730);
    expect(more.keyspacesWrites).toBeCloseTo(730 * (1 + 2 * estimate('activeShare') + 1 / 256));
    expect(more.cacheUnits).toBeCloseTo(730 * 5 * estimate('scriptUnits'));
    expect(more.natData).toBeCloseTo((730 * estimate('postBytes')) / 1e9);
  });

  test('730 messages as logs: Lambda’s and the gateway’s about each, and our line, all kept for a while', () => {
    const { logs = 0, logStorage = 0 } = moreOf({ 'messages-per-day': 1 });
    const ours = lineOf('send') + estimate('linePrefixBytes');
    const theirs = estimate('invocationLogBytes') + estimate('accessLogBytes');
    expect(lineOf('send')).toBeGreaterThan(0);
    expect(logs * 1e9).toBeCloseTo(730 * (ours + theirs));
    expect(logStorage).toBeCloseTo(logs * estimate('logPacked') * (estimate('logDays') / (730 / 24)));
  });

  test('longer texts: a row is billed by the kilobyte', () => {
    const writes = (bytes: number) =>
      moreOf({ 'messages-per-day': 1, 'text-bytes': bytes }).keyspacesWrites ?? 0;
    const fits = 1_024 - estimate('entryBytes');
    expect(writes(fits + 1) - writes(fits)).toBeCloseTo(730);
  });

  test('groups: a post and a mark for each member, and still one row', () => {
    const ten = moreOf({ 'messages-per-day': 1 }, { members: 10 });
    expect(ten.socketMessages).toBeCloseTo(730 * (2 + 9));
    expect(ten.cacheUnits).toBeCloseTo(730 * (3 + 10) * estimate('scriptUnits'));
    expect(ten.keyspacesWrites).toBeCloseTo(730 * (1 + 10 * estimate('activeShare') + 1 / 256));
  });

  test('receipts: a frame, its answer, a push, two rows and seven scripts each', () => {
    const more = moreOf({ receipts: 1 }, { 'messages-per-day': 1 });
    expect(more.socketMessages).toBeCloseTo(730 * 3);
    expect(more.keyspacesWrites).toBeCloseTo(730 * 2);
    expect(more.cacheUnits).toBeCloseTo(730 * 7 * estimate('scriptUnits'));
  });

  test('receipts in a conversation of over 32: nobody is told', () => {
    const more = moreOf({ receipts: 1 }, { 'messages-per-day': 1, members: 33 });
    expect(more.socketMessages).toBeCloseTo(730 * 32 * 2);
  });

  test('typing: a frame, its answer and a push', () => {
    expect(moreOf({ typing: 1 }, { 'messages-per-day': 1 }).socketMessages).toBeCloseTo(730 * 3);
  });

  test('connections: minutes, and two frames for each beat', () => {
    const once = { hours: 1, sessions: 1, heartbeat: 60 };
    const more = moreOf(once);
    expect(more.connectionMinutes).toBeCloseTo(730 * 60);
    const handshakes = 2;
    expect(more.socketMessages).toBeCloseTo(730 * (handshakes + 60 * 2));
    expect(moreOf({ heartbeat: 30 }, once).socketMessages).toBeCloseTo(730 * 60 * 2);
  });

  test('long connections: sockets end after two hours, however seldom somebody comes', () => {
    const of = (hours: number) => moreOf({ hours, sessions: 1, heartbeat: 540 }).keyspacesReads ?? 0;
    expect(of(1.5)).toBe(of(1));
    expect(of(6.5)).toBeCloseTo(4 * of(1));
  });

  test('heartbeats under 20 seconds: the sweep never sleeps', () => {
    const seconds = (heartbeat: number) =>
      quantitiesOf({ ...quiet, users: 1, hours: 1, sessions: 1, heartbeat }).lambdaSeconds;
    const swept = 60 * 730 * (55 - estimate('sweepMs') / 1_000) * (estimate('functionMegabytes') / 1_024);
    expect(seconds(19) - seconds(20)).toBeGreaterThan(swept);
    expect(seconds(19) - seconds(20)).toBeLessThan(swept * 1.01);
  });

  test('audiences of over 200 connections go over the queue', () => {
    const queued = (members: number) => moreOf({ 'messages-per-day': 1 }, { members }).queueRequests;
    expect(queued(201)).toBe(0);
    expect(queued(202)).toBeCloseTo(730 * 3);
    expect(queued(500)).toBeCloseTo(730 * 3 * 2);
  });
});

describe('with nobody there', () => {
  test('what is paid by use is nothing, but for the sweep', () => {
    const { keyspacesReads, keyspacesWrites, socketMessages, connectionMinutes, natHours, lambdaRequests } =
      quantitiesOf({ ...usual, users: 0, months: 0 });
    expect({ keyspacesWrites, socketMessages, connectionMinutes }).toEqual({
      keyspacesWrites: 0,
      socketMessages: 0,
      connectionMinutes: 0,
    });
    expect(lambdaRequests).toBe(730 * 60);
    expect(keyspacesReads).toBe(730 * 60 * 292);
    expect(natHours).toBe(730);
  });

  test('a network that is given costs no NAT', () => {
    const without = monthOf({ ...usual, nat: 'none' }).services.get('NAT gateway');
    expect(without).toBe(0);
    expect(idle({ ...usual, nat: 'two' }).total).toBeGreaterThan(idle(usual).total);
  });
});

describe('a bill', () => {
  test('is the sum of its lines, and of its services', () => {
    const { lines, services, total } = monthOf(usual);
    expect(lines.reduce((sum, { usd }) => sum + usd, 0)).toBeCloseTo(total);
    expect([...services.values()].reduce((sum, usd) => sum + usd, 0)).toBeCloseTo(total);
  });

  test('says of each setting what it would be otherwise', () => {
    for (const { total, more } of variantsOf(usual)) expect(total - more).toBeCloseTo(monthOf(usual).total);
    expect(variantsOf(usual).map(({ changed }) => changed)).not.toContain(`--heartbeat ${usual.heartbeat}`);
  });

  test('never falls when there is more of anything, or less time between beats', () => {
    // More members share a log: there are fewer of them to remember, so a bill may fall.
    const numbers = Object.entries(options).flatMap(([name, option]) =>
      option.kind === 'number' && name !== 'members' ? [{ name, ...option }] : [],
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...numbers),
        fc.double({ min: 1, max: 5, noNaN: true }),
        (option, factor) => {
          const more = Math.min(option.high, option.fallback * factor);
          const [less, grown] = [monthOf(usual).total, monthOf({ ...usual, [option.name]: more }).total];
          if (option.name === 'heartbeat') expect(grown).toBeLessThanOrEqual(less + 1e-6);
          else expect(grown).toBeGreaterThanOrEqual(less - 1e-6);
        },
      ),
    );
  });
});

test('alarms are as many as are deployed, each by the metrics that it looks at', () => {
  type Alarm = { Type: string; Properties: { Metrics?: { MetricStat?: object }[] } };
  const files = ['cloud/alarms.yml', 'cloud/sockets.gen.yml', 'cloud/watch.gen.yml'];
  const resources = files.flatMap((file): Alarm[] =>
    Object.values(parse(textOf(file), { logLevel: 'silent' }).Resources),
  );
  const looked = resources
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .flatMap(
      ({ Properties }): object[] =>
        Properties.Metrics?.filter(({ MetricStat }) => MetricStat) ?? [Properties],
    );
  expect(looked).toHaveLength(estimate('alarmMetrics'));
  const composed = resources.filter(({ Type }) => Type === 'AWS::CloudWatch::CompositeAlarm');
  expect(composed).toHaveLength(estimate('compositeAlarms'));
});

test('functions are as large as they are deployed, and logs kept as long', () => {
  // Names of CloudFormation's functions mean nothing here.
  const { provider, params } = parse(textOf('serverless.yml'), { logLevel: 'silent' });
  expect(provider.memorySize).toBe(estimate('functionMegabytes'));
  expect(params.prod.logDays).toBe(estimate('logDays'));
});
