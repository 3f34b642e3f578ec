import { createHmac, hash } from 'node:crypto';

/**
 * Signature Version 4 of one kind of request: no query, and as headers `host`, `x-amz-date`, the session token and
 * those that a signer puts to all of its requests.
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

export const sha256 = (data: string | Buffer): string => hash('sha256', data);
const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest();

/** The key of one day (`20150830`), one Region and one service. */
export const signingKey = (secret: string, day: string, region: string, service: string): Buffer =>
  hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), service), 'aws4_request');

const blockBytes = 64;
const digestBytes = 32;

/**
 * HMAC (RFC 2104) of `opening` and a digest that follows it, by one-shot hashes over bytes that stand ready: a Hmac
 * object for each request would cost more than all the rest of its signature (docs/PERFORMANCE.md).
 */
const signing = (key: Buffer, opening: string): ((digest: string) => string) => {
  const padded = (pad: number) => Buffer.alloc(blockBytes, pad).map((byte, i) => byte ^ (key[i] ?? 0));
  const inner = Buffer.concat([padded(0x36), Buffer.from(opening), Buffer.alloc(2 * digestBytes)]);
  const outer = Buffer.concat([padded(0x5c), Buffer.alloc(digestBytes)]);
  return (digest) => {
    inner.write(digest, inner.length - 2 * digestBytes, 'latin1');
    outer.write(sha256(inner), blockBytes, 'hex');
    return sha256(outer);
  };
};

/** Made again only for other arguments than the last: requests that follow each other share it. */
const lastOf = <Args extends unknown[], Made>(make: (...args: Args) => Made) => {
  let last: { args: Args; made: Made } | undefined;
  return (...args: Args): Made => {
    if (!last?.args.every((arg, i) => arg === args[i])) last = { args, made: make(...args) };
    return last.made;
  };
};

/** RFC 3986, which `encodeURIComponent` misses by five characters. */
export const encodeSegment = (segment: string): string =>
  encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );

type Service = {
  region: string;
  service: string;
  /** Headers that every request of this service has, as they are sent. */
  headers?: { 'content-type': string; 'x-amz-target': string };
};

export const createSigner = ({ region, service, headers }: Service) => {
  const [opening, closing] = headers
    ? [`content-type:${headers['content-type']}\n`, `x-amz-target:${headers['x-amz-target']}\n`]
    : ['', ''];

  const keyOf = lastOf((secret: string, day: string) => signingKey(secret, day, region, service));

  /** What the requests of one second have in common. */
  const stampOf = lastOf((second: number, id: string, secret: string, token: string | undefined) => {
    const date = new Date(second * 1_000).toISOString().replace(/[-:]|\.\d{3}/g, '');
    const day = date.slice(0, 8);
    const scope = `${day}/${region}/${service}/aws4_request`;
    const own = token ? 'host;x-amz-date;x-amz-security-token' : 'host;x-amz-date';
    const names = headers ? `content-type;${own};x-amz-target` : own;
    return {
      headers: { 'x-amz-date': date, ...(token && { 'x-amz-security-token': token }) },
      canonical: `x-amz-date:${date}\n${token ? `x-amz-security-token:${token}\n` : ''}${closing}\n${names}\n`,
      opening: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, Signature=`,
      sign: signing(keyOf(secret, day), `AWS4-HMAC-SHA256\n${date}\n${scope}\n`),
    };
  });

  return ({ method, host, path, body }: Request, credentials: Credentials, now: Date): Signed => {
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const second = Math.floor(now.getTime() / 1_000);
    const stamp = stampOf(second, accessKeyId, secretAccessKey, sessionToken);
    // Every service but S3 wants the path encoded once more.
    const canonicalPath = encodeSegment(path).replaceAll('%2F', '/');
    const canonical = `${method}\n${canonicalPath}\n\n${opening}host:${host}\n${stamp.canonical}${sha256(body)}`;
    return { ...stamp.headers, authorization: stamp.opening + stamp.sign(sha256(canonical)) };
  };
};
