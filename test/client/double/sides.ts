import { rules } from '../../../client/testing/backend/limits.ts';
import { directId as doubleDirectId } from '../../../client/testing/backend/world.ts';
import { createTestServer } from '../../../client/testing/index.ts';
import { sweep } from '../../../lib/actions/sweep.ts';
import { directId } from '../../../lib/entries/create.ts';
import type { UserId } from '../../../schema/ids.ts';
import { connectAs, type Person, testApp } from '../../support/app.ts';
import { registerIn } from '../../support/registering.ts';
import { askReal, requestReal } from './real-actions.ts';
import type { Asked, Names } from './steps.ts';

type Said = Record<string, unknown>;
/** One of the two: what it answers, what it pushes to the three, and what it calls things. */
export type Side = {
  names: Names;
  ask(asked: Asked): Promise<object>;
  /** What was pushed to each since the last time. */
  pushed(): Said[][];
  pass(ms: number): Promise<void>;
};

const places = (created: string[], direct: (one: number, other: number) => string) => [
  ...created,
  direct(0, 1),
  direct(1, 2),
  direct(0, 2),
];

/** Both begin with a group of three, a group of two and a room. */
const founding = (user: (i: number) => string): Asked[] => {
  const create = (who: number, body: object): Asked => ({
    who,
    method: 'POST',
    path: '/v1/conversations',
    body,
  });
  return [
    create(0, { kind: 'group', title: 'three', members: [user(1), user(2)] }),
    create(1, { kind: 'group', title: 'two', members: [user(0)] }),
    create(2, { kind: 'room', title: 'room' }),
  ];
};

const sideOf = async (
  users: string[],
  direct: (one: string, other: string) => string,
  rest: Omit<Side, 'names'>,
): Promise<Side> => {
  const user = (i: number) => users[i] ?? '';
  const created: string[] = [];
  for (const asked of founding(user)) {
    created.push(String(Reflect.get(await rest.ask(asked), 'id')));
    await rest.pass(1_000);
  }
  const all = places(created, (one, other) => direct(user(one), user(other)));
  const inboxes = new Map<number, object>();
  rest.pushed();
  return {
    ...rest,
    ask: async (asked) => {
      const answer = await rest.ask(asked);
      if ('inbox' in answer && 'now' in answer) inboxes.set(asked.who, answer.inbox as object);
      return answer;
    },
    names: { user, place: (i) => all[i] ?? '', inbox: (by) => inboxes.get(by) },
  };
};

/** The double, by raw sockets and requests. */
export const doubleSide = async (): Promise<Side & { users: string[]; now(): number }> => {
  const server = createTestServer();
  const people = ['ann', 'bob', 'cid'].map((name) => server.user(name));
  const pushed: Said[][] = people.map(() => []);
  const answers = new Map<string, (frame: object) => void>();
  const sockets = people.map((person, i) => {
    const { options } = person.device();
    const socket = new options.WebSocket(options.url, ['chat.v1', `bearer.${options.getToken()}`]);
    socket.onmessage = ({ data }: { data: string }) => {
      const { id, ...frame } = JSON.parse(data);
      if (answers.has(id)) answers.get(id)?.(frame);
      else pushed[i]?.push(frame);
    };
    return { socket, options };
  });
  await server.clock.settle();
  let asked = 0;
  const users = people.map(({ id }) => id);
  const side = await sideOf(users, doubleDirectId, {
    ask: async ({ who, ...rest }) => {
      const { socket, options } = sockets[who] as (typeof sockets)[number];
      if ('frame' in rest) {
        const id = `asked ${++asked}`;
        const answer = new Promise<object>((resolve) => answers.set(id, resolve));
        socket.send(JSON.stringify({ ...rest.frame, id }));
        return answer;
      }
      const { method, path, body } = rest;
      const headers = { authorization: `Bearer ${options.getToken()}` };
      const url = `https://parley.test${path}`;
      const response = await options.fetch(url, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      });
      return (await response.json()) as object;
    },
    pushed: () => pushed.map((frames) => frames.splice(0)),
    pass: (ms) => server.clock.advance(ms),
  });
  return { ...side, users, now: server.clock.now };
};

/** The real actions over memory ports, with the same people at the same time. */
export const realSide = async (users: string[], from: number): Promise<Side> => {
  const app = testApp();
  await app.clock.pass(from - app.clock.now());
  const nextLook = () => from + rules.sweepMs * Math.floor((app.clock.now() - from) / rules.sweepMs + 1);
  const people: Person[] = [];
  for (const user of users) {
    const person = { ...(await connectAs(app, user as UserId)), expiresAt: Number.MAX_SAFE_INTEGER };
    await registerIn(app.connections, person);
    people.push(person);
  }
  return sideOf(users, (one, other) => directId(one as UserId, other as UserId), {
    ask: async ({ who, ...rest }) => {
      const person = people[who] as Person;
      // It may have forgotten the members: then nobody is told that somebody types. The double forgets nothing.
      if ('frame' in rest && rest.frame.action === 'typing') {
        await requestReal(app, person, 'GET', `/v1/conversations/${rest.frame.conversation}`, undefined);
      }
      if ('frame' in rest) return askReal(app, person, JSON.stringify(rest.frame));
      return requestReal(app, person, rest.method, rest.path, rest.body);
    },
    pushed: () => people.map(({ pushed }) => pushed.splice(0)),
    pass: async (ms) => {
      // It looks for what time alone brings about when the double does.
      const until = app.clock.now() + ms;
      for (let at = nextLook(); at <= until; at = nextLook()) {
        await app.clock.pass(at - app.clock.now());
        await sweep(app, { once: true });
      }
      await app.clock.pass(until - app.clock.now());
    },
  });
};
