import { type Credentials, createSigner } from './sigv4.ts';

export type JsonService = {
  region: string;
  /** As its signatures name it: `sqs`. */
  service: string;
  /** `https://sqs.{region}.amazonaws.com`. */
  endpoint: string;
  /** `AmazonSQS.SendMessage`. */
  target: string;
  version: '1.0' | '1.1';
  credentials: () => Promise<Credentials>;
};

/**
 * One action of a service that speaks AWS's JSON protocol: one signed request, one try. Throws where the answer is
 * not 2xx, without its words.
 * Source: Smithy, "AWS JSON 1.0 protocol" and "AWS JSON 1.1 protocol".
 */
export const jsonAction = ({ region, service, endpoint, target, version, credentials }: JsonService) => {
  const { origin, host } = new URL(endpoint);
  const headers = { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target };
  const sign = createSigner({ region, service, headers });
  return async (input: object, withinMs: number): Promise<unknown> => {
    const body = JSON.stringify(input);
    const request = { method: 'POST', host, path: '/', body };
    const response = await fetch(origin, {
      method: 'POST',
      headers: { ...headers, ...sign(request, await credentials(), new Date()) },
      body,
      signal: AbortSignal.timeout(withinMs),
    });
    // Read to its end, or the socket is not used again.
    const text = await response.text();
    if (!response.ok) throw new Error(`${target} was answered ${response.status}`);
    return text === '' ? undefined : JSON.parse(text);
  };
};
