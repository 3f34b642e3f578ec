import fc from 'fast-check';

/** What three people may do to the same conversations, in words that the real actions and the double share. */
export type Names = {
  user(i: number): string;
  place(i: number): string;
  inbox(who: number): object | undefined;
};
export type Asked = { who: number } & (
  | { frame: Record<string, unknown> }
  | { method: string; path: string; body?: object }
);

const who = fc.nat({ max: 2 });
const where = fc.nat({ max: 5 });
const seq = fc.integer({ min: 1, max: 9 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>, freq = 3) => fc.option(arbitrary, { nil: undefined, freq });
const retry = fc
  .record({ key: maybe(fc.nat({ max: 3 })), after: maybe(fc.nat({ max: 6 })) })
  .map(({ key, after }) => ({
    ...(key !== undefined && { key: `a key of ours, no. ${key}`.replace(/[ ,.]/g, '-') }),
    ...(after !== undefined && { after }),
  }));
const emoji = fc.constantFrom('👍', '🎉');
const text = fc.constantFrom('hello', 'so', '', 'x'.repeat(16_385));
const role = fc.constantFrom('owner', 'admin', 'member');

const frame =
  (action: string, fields: (names: Names) => object) =>
  (by: number) =>
  (names: Names): Asked => ({
    who: by,
    frame: { action, ...JSON.parse(JSON.stringify(fields(names))) },
  });
const request =
  (method: string, path: (names: Names) => string, body?: (names: Names) => object) =>
  (by: number) =>
  (names: Names): Asked => ({ who: by, method, path: path(names), ...(body && { body: body(names) }) });

type Doing = (by: number) => (names: Names) => Asked;
const query = (given: Record<string, unknown>) =>
  new URLSearchParams(
    Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    ),
  ).toString();

const heads = fc.dictionary(fc.nat({ max: 5 }).map(String), fc.nat({ max: 9 }), { maxKeys: 4 });
const position = fc.record({
  since: maybe(fc.constantFrom(0, 1_795_000_500_000)),
  jump: fc.boolean(),
  heads,
});
const positionOf =
  ({
    since,
    jump,
    heads: known,
  }: {
    since: number | undefined;
    jump: boolean;
    heads: Record<string, number>;
  }) =>
  (by: number) =>
  ({ place, inbox }: Names) => ({
    ...(since !== undefined && { since }),
    ...(jump && inbox(by) && { inbox: inbox(by) }),
    heads: Object.fromEntries(Object.entries(known).map(([i, head]) => [place(Number(i)), head])),
  });

const writing: fc.Arbitrary<Doing> = fc.oneof(
  fc
    .tuple(where, text, retry, maybe(seq, 1))
    .map(([i, said, again, replyTo]) =>
      frame('sendMessage', ({ place }) => ({ conversation: place(i), text: said, replyTo, ...again })),
    ),
  fc
    // Of one that is beyond the head the real one opens the conversation, and leaves its announcement to the sweep.
    .tuple(
      who,
      retry.map(({ after: _, ...again }) => again),
    )
    .map(([to, again]) => frame('sendMessage', ({ user }) => ({ to: user(to), text: 'hi', ...again }))),
  fc
    .tuple(where, seq, text, retry)
    .map(([i, at, said, again]) =>
      frame('editMessage', ({ place }) => ({ conversation: place(i), seq: at, text: said, ...again })),
    ),
  fc
    .tuple(where, seq, retry)
    .map(([i, at, again]) =>
      frame('deleteMessage', ({ place }) => ({ conversation: place(i), seq: at, ...again })),
    ),
  fc
    .tuple(where, seq, emoji, fc.boolean(), retry)
    .map(([i, at, put, remove, again]) =>
      frame('react', ({ place }) => ({ conversation: place(i), seq: at, emoji: put, remove, ...again })),
    ),
  fc.tuple(where, retry).map(([i, again]) =>
    request(
      'POST',
      ({ place }) => `/v1/conversations/${place(i)}/messages`,
      () => ({ text: 'over HTTP', ...again }),
    ),
  ),
);

const members: fc.Arbitrary<Doing> = fc.oneof(
  fc
    .tuple(fc.constantFrom('join', 'leave'), where, retry)
    .map(([action, i, again]) => frame(action, ({ place }) => ({ conversation: place(i), ...again }))),
  fc.tuple(where, who, role, retry).map(([i, user, given, again]) =>
    request(
      'POST',
      ({ place }) => `/v1/conversations/${place(i)}/members`,
      (names) => ({ user: names.user(user), role: given, ...again }),
    ),
  ),
  fc.tuple(where, who, role, retry).map(([i, user, given, again]) =>
    request(
      'PATCH',
      (names) => `/v1/conversations/${names.place(i)}/members/${names.user(user)}`,
      () => ({ role: given, ...again }),
    ),
  ),
  fc
    .tuple(where, who)
    .map(([i, user]) =>
      request('DELETE', (names) => `/v1/conversations/${names.place(i)}/members/${names.user(user)}`),
    ),
  fc.tuple(where, retry).map(([i, again]) =>
    request(
      'PATCH',
      ({ place }) => `/v1/conversations/${place(i)}`,
      () => ({ title: 'another', ...again }),
    ),
  ),
  fc
    .tuple(who, fc.constantFrom('PUT', 'DELETE'))
    .map(([user, method]) => request(method, (names) => `/v1/blocks/${names.user(user)}`)),
);

const marking: fc.Arbitrary<Doing> = fc.oneof(
  fc
    .tuple(fc.constantFrom('markRead', 'markDelivered'), where, seq)
    .map(([action, i, at]) => frame(action, ({ place }) => ({ conversation: place(i), seq: at }))),
  fc
    .tuple(where, fc.boolean())
    .map(([i, active]) => frame('typing', ({ place }) => ({ conversation: place(i), active }))),
  who.map((user) => frame('watchPresence', (names) => ({ users: [names.user(user)] }))),
  fc.constant(frame('ping', () => ({}))),
);

const reading: fc.Arbitrary<Doing> = fc.oneof(
  where.map((i) => request('GET', ({ place }) => `/v1/conversations/${place(i)}`)),
  fc.constant(request('GET', () => '/v1/conversations?limit=50')),
  where.map((i) => request('GET', ({ place }) => `/v1/conversations/${place(i)}/members`)),
  fc
    .tuple(
      where,
      fc.record({
        after: maybe(fc.nat({ max: 9 })),
        before: maybe(seq, 1),
        limit: fc.integer({ min: 1, max: 9 }),
      }),
    )
    .map(([i, range]) =>
      request('GET', ({ place }) => `/v1/conversations/${place(i)}/messages?${query(range)}`),
    ),
  fc
    .tuple(where, maybe(seq))
    .map(([i, at]) =>
      request('GET', ({ place }) => `/v1/conversations/${place(i)}/receipts?${query({ seq: at })}`),
    ),
  fc.constant(request('GET', () => '/v1/unread')),
  position.map((given) => (by: number) => frame('sync', (names) => positionOf(given)(by)(names))(by)),
  position.map(
    (given) => (by: number) =>
      request(
        'POST',
        () => '/v1/sync',
        (names) => positionOf(given)(by)(names),
      )(by),
  ),
);

/** What somebody asks, or how many milliseconds pass. */
export type Step = { asks: (names: Names) => Asked } | { passes: number };
const asking = (doing: fc.Arbitrary<Doing>): fc.Arbitrary<Step> =>
  fc.tuple(who, doing).map(([by, act]) => ({ asks: act(by) }));

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: asking(writing) },
  { weight: 5, arbitrary: asking(members) },
  { weight: 4, arbitrary: asking(marking) },
  { weight: 6, arbitrary: asking(reading) },
  { weight: 4, arbitrary: fc.constantFrom(1, 900, 4_000, 16_000, 650_000).map((passes) => ({ passes })) },
);
