import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What the events of both kinds of API say in the same way. */

/** Eleven bytes, as API Gateway's ids have: the `=` at the end must be encoded in a path (platform.md 1.2). */
export const anId = (): string => `${randomBytes(11).toString('base64url')}=`;

/** `19/Feb/2024:07:11:42 +0000` */
export const requestTime = (epochMs: number): string => {
  const [, day, month, year, time] = new Date(epochMs).toUTCString().match(/, (\d+) (\w+) (\d+) (\S+)/) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
};

/** Names as the client wrote them: their case varies, which handlers must bear (platform.md 1.2). */
export const headerPairs = ({ rawHeaders }: IncomingMessage): [string, string][] =>
  rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name, rawHeaders[i + 1] ?? '']] : []));

export const queryPairs = (request: IncomingMessage): [string, string][] => [
  ...new URL(request.url ?? '/', 'http://localhost').searchParams,
];

export const pathOf = ({ url = '/' }: IncomingMessage): string => url.split('?')[0] ?? '/';

export const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
};

export const within = async <T>(ms: number, answer: Promise<T>, late: () => Error): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  return Promise.race([answer, timeout]).finally(() => clearTimeout(timer));
};
