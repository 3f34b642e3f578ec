import type { HttpAnswer, HttpRequest } from '../backend/http/serve.ts';
import type { Wires } from './line.ts';

/** Nothing where the answer is lost. */
export type Serve = (request: HttpRequest) => HttpAnswer | undefined;

const requestOf = (url: URL, { method = 'GET', headers, body }: RequestInit): HttpRequest => ({
  method: method.toUpperCase(),
  path: url.pathname + url.search,
  token: new Headers(headers).get('authorization')?.match(/^Bearer (\S+)$/i)?.[1],
  body: typeof body === 'string' ? body : undefined,
});

const responseOf = ({ status, headers, body }: HttpAnswer) =>
  new Response(JSON.stringify(body), { status, headers });

/** `fetch` over a line, to a server in the same process. Without a network it fails as a browser's does. */
export const fetchOver =
  (line: Wires, serve: Serve): typeof fetch =>
  (input, init: RequestInit = {}) =>
    new Promise((resolve, reject) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const over = (how: () => void) => () => {
        if (!line.requests.delete(fail)) return;
        init.signal?.removeEventListener('abort', abort);
        how();
      };
      const fail = over(() => reject(new TypeError('Failed to fetch')));
      const abort = over(() => reject(init.signal?.reason));
      line.requests.add(fail);
      if (init.signal?.aborted) return abort();
      init.signal?.addEventListener('abort', abort);
      if (!line.isOnline) return queueMicrotask(fail);
      line.carry('other', () => {
        if (!line.requests.has(fail)) return;
        const answer = serve(requestOf(url, init));
        if (!answer) return fail();
        line.carry(
          'other',
          over(() => resolve(responseOf(answer))),
        );
      });
    });
