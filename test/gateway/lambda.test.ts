import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Door, deploy, startDoor } from './deploy.ts';

let door: Door;
beforeAll(async () => {
  door = await startDoor();
});
afterAll(() => door.stop());

const waiting = () => ({
  code: `exports.handler = async (name) => (await fetch('${door.url}/' + name)).text();`,
});
/** A variable of serverless.yml. */
const shell = (name: string) => `\${env:${name}}`;
const counting = { code: 'let n = 0; exports.handler = async () => ++n;' };

describe('an instance (a page that is named is of the Lambda Developer Guide)', () => {
  test('keeps its module from event to event; a new one starts afresh (platform.md 4.1)', async () => {
    const gateway = await deploy({ one: counting, other: counting });
    expect(gateway.instances()).toEqual([]);
    expect(await gateway.invoke('one', {})).toBe(1);
    expect(await gateway.invoke('one', {})).toBe(2);
    expect(await gateway.invoke('other', {})).toBe(1);
    expect(gateway.instances()).toMatchObject([
      { function: 'one', invocations: 2, state: 'frozen' },
      { function: 'other', invocations: 1, state: 'frozen' },
    ]);
    await gateway.retire();
    expect(gateway.instances()).toEqual([]);
    expect(await gateway.invoke('one', {})).toBe(1);
  });

  test('shares no globals with another: each is an isolate of its own (platform.md 4.1)', async () => {
    const gateway = await deploy({
      one: { code: 'globalThis.mine = 1; process.env.MINE = 1; exports.handler = async () => 0;' },
      other: { code: 'exports.handler = async () => [typeof mine, process.env.MINE];' },
    });
    await gateway.invoke('one', {});
    expect(await gateway.invoke('other', {})).toEqual(['undefined', null]);
  });

  test('takes one event at a time: for the second another one starts ("Understanding Lambda function scaling")', async () => {
    const gateway = await deploy({ waits: waiting() });
    const both = [gateway.invoke('waits', 'a'), gateway.invoke('waits', 'b')];
    await Promise.all([door.knocked('a'), door.knocked('b')]);
    expect(gateway.instances()).toMatchObject([{ state: 'running' }, { state: 'running' }]);
    await Promise.all([door.open('a'), door.open('b')]);
    expect(await Promise.all(both)).toEqual(['open', 'open']);
    expect(gateway.instances()).toMatchObject([{ state: 'frozen' }, { state: 'frozen' }]);
  });

  test('of more than the machine can bear is waited for (local: Lambda would start up to 1 000)', async () => {
    const gateway = await deploy({ waits: waiting() }, { limits: { instances: 1 } });
    const both = [gateway.invoke('waits', 'c'), gateway.invoke('waits', 'd')];
    await door.open('c');
    await door.open('d');
    expect(await Promise.all(both)).toEqual(['open', 'open']);
    expect(gateway.instances()).toMatchObject([{ invocations: 2 }]);
  });

  test('over the reserved concurrency is refused ("Configuring reserved concurrency for a function")', async () => {
    const gateway = await deploy({ waits: { ...waiting(), reservedConcurrency: 1 } });
    const first = gateway.invoke('waits', 'e');
    await expect(gateway.invoke('waits', 'f')).rejects.toThrow('Rate Exceeded.');
    await door.open('e');
    await first;
  });

  test('that exceeds the timeout of its function is ended, whatever it does ("Configure Lambda function timeout")', async () => {
    const code = `let n = 0; exports.handler = async (spin) => { n++; if (!spin) return n; for (;;); };`;
    const gateway = await deploy({ one: { code, timeout: 1 } });
    expect(await gateway.invoke('one', false)).toBe(1);
    await expect(gateway.invoke('one', true)).rejects.toThrow('Task timed out after 1.00 seconds');
    expect(await gateway.invoke('one', false)).toBe(1);
  });

  test('may be given less time than that, where a test says so', async () => {
    const code = 'exports.handler = async () => { for (;;); };';
    const gateway = await deploy({ one: { code, timeout: 60 } }, { limits: { functionMs: 20 } });
    await expect(gateway.invoke('one', {})).rejects.toThrow('Task timed out after 0.02 seconds');
  });

  test('that crashes in the middle takes what it runs with it, and another one starts', async () => {
    const gateway = await deploy({ waits: waiting(), other: counting });
    await gateway.invoke('other', {});
    const running = gateway.invoke('waits', 'g');
    await door.knocked('g');
    const failed = expect(running).rejects.toThrow('ended');
    await gateway.kill('waits');
    await failed;
    const next = gateway.invoke('waits', 'h');
    await door.open('h');
    expect(await next).toBe('open');
    expect(gateway.instances()).toMatchObject([
      { function: 'other', invocations: 1 },
      { function: 'waits', invocations: 1 },
    ]);
  });

  test('dies of a rejection that nobody handles, with the event that it runs (platform.md 5.5)', async () => {
    const code = `let n = 0; exports.handler = async (reject) => {
      if (reject) { void Promise.reject(new Error('stray')); await new Promise((done) => setTimeout(done, 60000)); }
      return ++n;
    };`;
    const gateway = await deploy({ one: { code } });
    expect(await gateway.invoke('one', false)).toBe(1);
    await expect(gateway.invoke('one', true)).rejects.toThrow('stray');
    expect(await gateway.invoke('one', false)).toBe(1);
    expect(gateway.log()).toContain('Runtime.ExitError');
  });

  test('is given what serverless.yml passes on, the credentials of its role, and nothing else ("Working with Lambda environment variables")', async () => {
    const provider = { environment: { GIVEN: shell('GIVEN'), OTHER: shell("OTHER, 'fallback'") } };
    const gateway = await deploy(
      { one: { code: 'exports.handler = async () => process.env;' } },
      { provider, environment: { GIVEN: 'yes', UNNAMED: 'no' } },
    );
    expect(await gateway.invoke('one', {})).toEqual({
      GIVEN: 'yes',
      OTHER: 'fallback',
      AWS_LAMBDA_FUNCTION_NAME: 'fake-dev-one',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: expect.any(String),
      AWS_SECRET_ACCESS_KEY: expect.any(String),
      AWS_SESSION_TOKEN: expect.any(String),
      TZ: ':UTC',
    });
  });

  test('is told who asks and how long it has; events and results are JSON ("Using the Lambda context object")', async () => {
    const code = `exports.handler = async (event, context) => ({
      event, id: context.awsRequestId, left: context.getRemainingTimeInMillis() <= 6000, gone: undefined, at: new Date(0),
    });`;
    const gateway = await deploy({ one: { code } });
    expect(await gateway.invoke('one', { at: new Date(0), gone: undefined })).toEqual({
      event: { at: '1970-01-01T00:00:00.000Z' },
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      left: true,
      at: '1970-01-01T00:00:00.000Z',
    });
  });

  test('of Node 24 takes no callback handler (platform.md 4.1)', async () => {
    const gateway = await deploy({
      one: { code: 'exports.handler = (event, context, done) => done(null, 1);' },
    });
    await expect(gateway.invoke('one', {})).rejects.toThrow('wants a callback');
  });
});

describe('a frozen instance (platform.md 4.2)', () => {
  test('runs no timer; what nobody awaited goes on at the next event, after the handler began', async () => {
    const code = `let fired = 0;
    exports.handler = async (ask) => {
      const before = fired;
      if (ask === 'start') setTimeout(() => fired++, 1);
      if (ask === 'look') await new Promise((done) => setTimeout(done, 5));
      return { before, after: fired };
    };`;
    const gateway = await deploy({ one: { code }, busy: counting });
    await gateway.invoke('one', 'start');
    for (let i = 0; i < 100; i++) await gateway.invoke('busy', {});
    expect(await gateway.invoke('one', 'look')).toEqual({ before: 0, after: 1 });
  });

  test('thaws with a clock that is ahead by as long as it was frozen', async () => {
    const code = 'exports.handler = async () => [Date.now(), new Date().getTime(), new Date(5).getTime()];';
    const gateway = await deploy({ one: { code } });
    const [before] = (await gateway.invoke('one', {})) as number[];
    await gateway.freeze({ forMs: 90_000 });
    const [now, same, given] = (await gateway.invoke('one', {})) as [number, number, number];
    expect(now).toBeGreaterThanOrEqual(Number(before) + 90_000);
    expect(same).toBeGreaterThanOrEqual(now);
    expect(given).toBe(5);
  });

  describe('with a socket to a store', () => {
    let store: Server;
    const ends: Socket[] = [];
    beforeAll(async () => {
      store = createServer((socket) => {
        ends.push(socket.on('error', () => {}));
        socket.pipe(socket);
      });
      await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
    });
    afterAll(async () => {
      for (const end of ends) end.destroy();
      await new Promise((resolve) => store.close(resolve));
    });

    const asking = {
      code: `const { connect } = require('node:net');
      let socket;
      exports.handler = async () => {
        const fresh = !socket || socket.destroyed;
        if (fresh) socket = connect(new URL(process.env.PARLEY_REDIS_URL).port, '127.0.0.1');
        return new Promise((done) => {
          const timer = setTimeout(() => done({ fresh, said: 'nothing' }), 1000);
          const end = (said) => { clearTimeout(timer); socket.removeAllListeners(); done({ fresh, said }); };
          socket.once('data', (data) => end(String(data)));
          socket.once('error', (error) => end(error.code));
          socket.write('hello');
        });
      };`,
    };
    const startAsking = () => {
      const { port } = store.address() as AddressInfo;
      return deploy(
        { one: asking },
        {
          provider: { environment: { PARLEY_REDIS_URL: shell('PARLEY_REDIS_URL') } },
          environment: { PARLEY_REDIS_URL: `redis://127.0.0.1:${port}` },
        },
      );
    };

    test('finds it dead at the next event, and could not have known before', async () => {
      const gateway = await startAsking();
      expect(await gateway.invoke('one', {})).toEqual({ fresh: true, said: 'hello' });
      await gateway.freeze();
      expect(await gateway.invoke('one', {})).toEqual({ fresh: false, said: 'hello' });
      const closed = new Promise((resolve) => ends.at(-1)?.once('close', resolve));
      await gateway.freeze({ cutSockets: true });
      await closed;
      expect(await gateway.invoke('one', {})).toEqual({
        fresh: false,
        said: expect.stringMatching(/ECONNRESET|EPIPE/),
      });
      expect(await gateway.invoke('one', {})).toEqual({ fresh: true, said: 'hello' });
    });

    test('gets no answer over it when the network forgot it silently', async () => {
      const gateway = await startAsking();
      await gateway.invoke('one', {});
      await gateway.freeze({ cutSockets: true, silently: true });
      expect(await gateway.invoke('one', {})).toEqual({ fresh: false, said: 'nothing' });
    });
  });
});
