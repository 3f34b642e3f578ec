import type { Session } from '../../../schema/http/users.ts';
import type { Client, Frame } from '../client.ts';
import { within } from '../gateway/request.ts';
import type { Strict } from '../strict.ts';
import { isPush, wrongAnswer, wrongPush } from './document.ts';
import { type Cast, type Fuzzed, frames } from './frames.ts';
import { seeded } from './random.ts';

/** How often each answer came, by its type and code. */
export type Told = Map<string, number>;

/** Frames of one connection that are under way at once. */
const atOnce = 8;
/** The gateway itself gives up after 29 s, and says so. */
const patienceMs = 40_000;

const isAnonymous = (frame: Frame) => frame.id === undefined && !isPush(frame);

/** Sends all at once, and waits for as many answers: by their id, or those without one in the order in which they come. */
const ask = (client: Client, batch: Fuzzed[]): Promise<{ frame: Frame; to: Fuzzed[] }[]> => {
  const nameless = batch.filter(({ id }) => id === undefined);
  let place = client.frames.filter(isAnonymous).length;
  return Promise.all(
    batch.map(async (fuzzed) => {
      const { id, data } = fuzzed;
      const mine = place;
      if (id === undefined) place++;
      const answer = client.next((frame) =>
        id === undefined ? client.frames.filter(isAnonymous)[mine] === frame : frame.id === id,
      );
      client.send(data);
      const silent = () => new Error(`no answer to ${String(data).slice(0, 500)}`);
      return { frame: await within(patienceMs, answer, silent), to: id === undefined ? nameless : [fuzzed] };
    }),
  );
};

const castOf = async (strict: Strict, [ann, bob, cid]: [Session, Session, Session]): Promise<Cast> => {
  const create = async (body: object) => {
    const { body: made } = await strict.http('POST', '/v1/conversations', { token: ann.token, body });
    return made.id as string;
  };
  const members = [bob.user.id, cid.user.id];
  return {
    users: [ann.user.id, ...members],
    tokens: [ann.token, bob.token, cid.token],
    conversations: [
      await create({ kind: 'group', title: 'a group', members }),
      await create({ kind: 'direct', with: bob.user.id }),
      await create({ kind: 'room', title: 'a room' }),
    ],
    heads: new Map(),
  };
};

/**
 * Three people of this seed, each with a connection, send `count` frames between them. Throws where an answer is not
 * in the document, where none comes before the connection closes, or where a connection ends that should not.
 */
export const play = async (strict: Strict, seed: number, count: number, told: Told): Promise<void> => {
  const people = [await strict.register(), await strict.register(), await strict.register()] as const;
  const cast = await castOf(strict, [...people]);

  const tell = ({ type, code }: Frame) => {
    const name = code === undefined ? String(type) : `${type} ${code}`;
    told.set(name, (told.get(name) ?? 0) + 1);
  };
  const check = (frame: Frame, to: Fuzzed[] = []) => {
    tell(frame);
    if (frame.type === 'ack') cast.heads.set(frame.conversation, frame.seq);
    const faults = to.length > 0 ? to.map(({ action }) => wrongAnswer(action, frame)) : [wrongPush(frame)];
    const fault = frame.code === 'internal' ? 'an unhandled error' : faults.every(Boolean) && faults[0];
    if (!fault) return;
    const asked = to.map(({ data }) => String(data).slice(0, 500)).join(' or ');
    throw new Error(`seed ${seed}: ${fault}: ${JSON.stringify(frame).slice(0, 500)} to ${asked}`);
  };

  const speak = async (session: Session, nth: number) => {
    const next = frames(seeded(seed * people.length + nth), cast);
    for (let left = Math.ceil(count / people.length); left > 0; ) {
      const client = await strict.connect(session);
      const closed = client.closed.then(({ code }) => {
        throw new Error(`seed ${seed}: the connection ended with ${code}`);
      });
      // What the gateway says of itself where a handler failed.
      const foreign = client
        .next(({ type }) => type === undefined)
        .then((frame) => {
          throw new Error(`seed ${seed}: not ours: ${JSON.stringify(frame)}`);
        });
      const ended = Promise.race([closed, foreign]);
      ended.catch(() => {});
      let closing: Fuzzed | undefined;
      while (left > 0 && !closing) {
        const batch = Array.from({ length: Math.min(left, atOnce) }, next);
        left -= batch.length;
        closing = batch.find(({ closes }) => closes !== undefined);
        const answered = batch.filter(({ closes }) => closes === undefined);
        for (const { frame, to } of await Promise.race([ask(client, answered), ended])) check(frame, to);
      }
      if (closing) {
        client.send(closing.data);
        const { code } = await client.closed;
        if (code !== closing.closes)
          throw new Error(`seed ${seed}: closed with ${code}, not ${closing.closes}`);
      } else {
        // It has borne all that, and is still there.
        const last: Fuzzed = { data: '{"action":"help","id":"last"}', action: 'help', id: 'last' };
        for (const { frame, to } of await Promise.race([ask(client, [last]), ended])) check(frame, to);
        await client.close();
      }
      for (const frame of client.frames.filter(isPush)) check(frame);
    }
  };
  await Promise.all(people.map(speak));
};
