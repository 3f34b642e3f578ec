import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { Session } from '../../../schema/http/users.ts';
import { servePage } from '../../../scripts/parts/page.ts';
import { freePort } from '../../../scripts/parts/ports.ts';
import { aKey } from '../ids.ts';
import { type Strict, startStrict } from '../strict.ts';
import { openBrowser } from './browser.ts';
import { type Line, startLine } from './line.ts';

/** The page in a browser, on the strict gateway and the real stores. */
export type World = {
  url: string;
  /** Of a user whose password the page knows; `person(demo, 'named')` makes sure of him. */
  demo: string;
  browser: Browser;
  gateway: Strict;
  /** Between the browser and the server. */
  lines: { http: Line; socket: Line };
  /** A user whose name nobody else has, by its end; or, `named`, with this very name. */
  person(name: string, as?: 'named'): Promise<Session>;
  /** Another browser, in which this user has signed in; further tabs of it are `context.newPage()`. */
  open(session: Session, options?: BrowserContextOptions): Promise<{ context: BrowserContext; page: Page }>;
  /** A conversation made without the page. */
  make(session: Session, body: object): Promise<string>;
  /** A message sent without the page. */
  say(session: Session, conversation: string, text: string, more?: object): Promise<number>;
  /** Ends the server and starts it anew on the same stores. */
  restart(environment?: Record<string, string>): Promise<void>;
  /** What browsers complained of: refused by the policy, thrown and not caught. */
  complaints: string[];
  stop(): Promise<void>;
};

const demo = 'dora';
const password = 'correct horse';

/** A second of a test must not be ten of the page: what waits here is told by events. */
const patienceMs = 20_000;

const portOf = (address: string) => Number(new URL(address).port);

export const startWorld = async (environment: Record<string, string> = {}): Promise<World> => {
  const port = await freePort();
  const settings = {
    PARLEY_ORIGINS: `http://localhost:${port}`,
    PARLEY_SENDS_PER_SECOND: '50',
    PARLEY_STRANGER_REQUESTS: '1000',
    ...environment,
  };
  const lines = { http: await startLine(), socket: await startLine() };
  const started: { gateway?: Strict } = {};
  const start = async (more: Record<string, string> = {}) => {
    const gateway = await startStrict({ ...settings, ...more });
    lines.http.lead(portOf(gateway.httpUrl));
    lines.socket.lead(portOf(gateway.url));
    started.gateway = gateway;
    return gateway;
  };
  const stage = new URL((await start()).url).pathname;
  const served = await servePage({
    directory: join(process.env.TEST_DIRECTORY ?? '', 'page'),
    port,
    configuration: {
      httpUrl: `http://localhost:${lines.http.port}`,
      wsUrl: `ws://localhost:${lines.socket.port}${stage}`,
      heartbeat: 2,
      demo: [{ name: demo, password }],
    },
  });
  const browser = await openBrowser();
  const complaints: string[] = [];
  const current = () => started.gateway as Strict;

  const watch = (page: Page) => {
    page.setDefaultTimeout(patienceMs);
    page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted/.test(message.text())) complaints.push(message.text());
    });
  };

  const request = async (session: Session, path: string, body: object) => {
    const answer = await current().http('POST', path, { token: session.token, body });
    if (answer.status > 201) throw new Error(`${path} answered ${JSON.stringify(answer.body)}`);
    return answer.body;
  };

  return {
    url: served.url,
    demo,
    browser,
    get gateway() {
      return current();
    },
    lines,
    person: async (name, as) => {
      if (as === undefined) return current().register(`${name} ${aKey().slice(-6)}`);
      const body = { name, password };
      const registered = await current().http('POST', '/v1/register', { body });
      return registered.status === 201
        ? registered.body
        : (await current().http('POST', '/v1/tokens', { body })).body;
    },
    open: async (session, options = {}) => {
      const context = await browser.newContext({ viewport: { width: 1100, height: 720 }, ...options });
      context.on('page', watch);
      const accounts = JSON.stringify({ [session.user.id]: session });
      await context.addInitScript(
        `if (location.origin === ${JSON.stringify(served.url)} && !localStorage.getItem('parley.accounts')) {
          localStorage.setItem('parley.accounts', ${JSON.stringify(accounts)});
          localStorage.setItem('parley.last', ${JSON.stringify(session.user.id)});
        }`,
      );
      const page = await context.newPage();
      await page.goto(served.url);
      await page.getByRole('button', { name: `${session.user.name} , account` }).waitFor();
      return { context, page };
    },
    make: async (session, body) => (await request(session, '/v1/conversations', body)).id,
    say: async (session, conversation, text, more = {}) =>
      (await request(session, `/v1/conversations/${conversation}/messages`, { text, ...more })).seq,
    restart: async (environment) => {
      for (const line of Object.values(lines)) line.cut();
      await current().stop();
      await start(environment);
      for (const line of Object.values(lines)) line.mend();
    },
    complaints,
    stop: async () => {
      await browser.close();
      await served.stop();
      await Promise.all(Object.values(lines).map((line) => line.stop()));
      await current().stop();
    },
  };
};
