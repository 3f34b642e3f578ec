import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startWscat, type Wscat } from './parts/wscat.ts';

/**
 * `npm run smoke -- --http https://… --socket wss://…`: two people chat by wscat, as the README tells a newcomer to,
 * against whatever answers at these addresses. The system tests run the same against the local gateway.
 *
 * They are `smoke-ann` and `smoke-bob`, with the password of SMOKE_PASSWORD; without one, two who come only once.
 */
type Session = { user: { id: string; name: string }; token: string };

/** A push that Redis missed is made up by the sweep, within a minute or so. */
const withinMs = 120_000;

const { values } = parseArgs({ options: { http: { type: 'string' }, socket: { type: 'string' } } });
const { http, socket } = values;
if (http === undefined || socket === undefined) {
  console.error('--http <address of the HTTP API> --socket <address of the WebSocket API>');
  process.exit(1);
}

const once = randomBytes(6).toString('hex');
const password = process.env.SMOKE_PASSWORD || `smoke ${once}`;
const nameOf = (person: string) =>
  process.env.SMOKE_PASSWORD ? `smoke-${person}` : `smoke-${person}-${once}`;

const ask = async (method: string, path: string, more: { token?: string; body?: object } = {}) => {
  const { token, body } = more;
  const response = await fetch(http.replace(/\/$/, '') + path, {
    method,
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
};

/** Registers, or signs in who has been here before. */
const enrol = async (person: string): Promise<Session> => {
  const body = { name: nameOf(person), password };
  const registered = await ask('POST', '/v1/register', { body });
  // The name is his already, or nobody may register any more.
  const isKnown = [403, 409].includes(registered.status);
  const answer = isKnown ? await ask('POST', '/v1/tokens', { body }) : registered;
  if (answer.status !== 201) throw new Error(`unable to enrol ${person}: it was answered ${answer.status}`);
  return answer.body;
};

const steps: [what: string, done: () => Promise<void>][] = [];
const step = (what: string, done: () => Promise<void>) => steps.push([what, done]);

let ann: Session;
let bob: Session;
let hers: Wscat;
let his: Wscat;
let conversation = '';
const open: Wscat[] = [];
const hello = `hello ${once}`;

step('ann and bob enrol', async () => {
  [ann, bob] = await Promise.all([enrol('ann'), enrol('bob')]);
});
step('a token is needed', async () => {
  const { status } = await ask('GET', '/v1/me');
  if (status !== 401) throw new Error(`without a token /v1/me answered ${status}`);
});
step('both connect', async () => {
  hers = startWscat(socket, ann.token);
  his = startWscat(socket, bob.token);
  open.push(hers, his);
  await Promise.all([hers.connected(), his.connected()]);
});
step('ann writes, and it is stored', async () => {
  hers.type({ action: 'sendMessage', to: bob.user.id, text: hello });
  conversation = (await hers.hears(/"type":"ack".*?"conversation":"(d:[^"]+)"/))[1] ?? '';
});
step('bob gets it', async () => {
  await his.hears(new RegExp(`"type":"message.new".*?"text":"${hello}"`));
});
step('bob answers, and ann gets it', async () => {
  his.type({ action: 'sendMessage', conversation, text: `${hello} back` });
  await hers.hears(new RegExp(`"type":"message.new".*?"text":"${hello} back"`));
});
step('the log has both', async () => {
  const path = `/v1/conversations/${encodeURIComponent(conversation)}/messages?limit=10`;
  const { status, body } = await ask('GET', path, { token: bob.token });
  if (status !== 200) throw new Error(`the log answered ${status}`);
  const text = JSON.stringify(body);
  if (!text.includes(`"${hello}"`) || !text.includes(`"${hello} back"`))
    throw new Error('the log lacks a message');
});
step('nonsense is refused kindly', async () => {
  hers.type('what?');
  await hers.hears(/"code":"bad-frame"/);
});

let doing = '';
const deadline = setTimeout(() => {
  console.error(`not done within ${withinMs / 1_000} s: ${doing}`);
  process.exit(1);
}, withinMs);

try {
  for (const [what, done] of steps) {
    const begun = performance.now();
    doing = what;
    try {
      await done();
    } catch (error) {
      throw new Error(`failed: ${what}`, { cause: error });
    }
    console.log(`${String(Math.round(performance.now() - begun)).padStart(6)} ms  ${what}`);
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  clearTimeout(deadline);
  await Promise.all(open.map((one) => one.end()));
}
