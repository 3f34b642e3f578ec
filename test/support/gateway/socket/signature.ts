import { createHmac, hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { pathOf } from '../request.ts';

/**
 * Checks Signature Version 4 of a request to `@connections` or SQS, which AWS answers with 403 when it is missing or
 * wrong (platform.md 1.5). Written from the General Reference ("Create a signed AWS API request") and not from lib/gateway:
 * a fault there must not hide itself here.
 */
export type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken: string };

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** The path is encoded once more than it was sent, as for every service but S3. */
const canonicalPath = (path: string) =>
  path
    .split('/')
    .map((segment) =>
      encodeURIComponent(segment).replace(
        /[!'()*]/g,
        (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join('/');

/** What is wrong with it, as AWS names it. */
export const signatureFault = (
  request: IncomingMessage,
  body: Buffer,
  region: string,
  keys: Keys,
  expected: 'execute-api' | 'sqs' = 'execute-api',
): string | undefined => {
  const { authorization } = request.headers;
  if (!authorization) return 'MissingAuthenticationTokenException';
  const [, id, day, place, service, names = '', signature] =
    authorization.match(
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/,
    ) ?? [];
  if (id === undefined) return 'IncompleteSignatureException';
  const isOurs = id === keys.accessKeyId && request.headers['x-amz-security-token'] === keys.sessionToken;
  if (!isOurs) return 'UnrecognizedClientException';
  const date = String(request.headers['x-amz-date']);
  const isInScope = place === region && service === expected && date.startsWith(String(day));
  const mustBeSigned = ['host', 'x-amz-date', 'x-amz-security-token'];
  if (!isInScope || mustBeSigned.some((name) => !names.split(';').includes(name))) {
    return 'InvalidSignatureException';
  }
  const headers = names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const canonical = [
    request.method,
    canonicalPath(pathOf(request)),
    '',
    headers.join(''),
    names,
    hash('sha256', body),
  ].join('\n');
  const scope = `${day}/${place}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, hash('sha256', canonical)].join('\n');
  const parts = [String(day), String(place), String(service), 'aws4_request'];
  const key = parts.reduce<string | Buffer>(
    (above, part) => hmac(above, part),
    `AWS4${keys.secretAccessKey}`,
  );
  return hmac(key, toSign).toString('hex') === signature ? undefined : 'InvalidSignatureException';
};
