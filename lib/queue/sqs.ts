import { AppError } from '../errors.ts';
import { type Credentials, createSigner } from '../gateway/sigv4.ts';
import type { Queue } from './port.ts';

export type SqsOptions = {
  /** As SQS names it: `https://sqs.{region}.amazonaws.com/{account}/{name}`. */
  url: string;
  region: string;
  credentials: () => Promise<Credentials>;
};

/** What the posts of one invocation may take, twice. */
const putMs = 2_000;

/**
 * SQS by its JSON protocol: one signed request, with the signer that posts have anyway.
 * Source: Amazon SQS Developer Guide, "Making query API requests using the AWS JSON protocol".
 */
export const sqsQueue = ({ url, region, credentials }: SqsOptions): Queue => {
  const { origin, host } = new URL(url);
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' };
  const sign = createSigner({ region, service: 'sqs', headers });
  return {
    put: async (publication) => {
      const body = JSON.stringify({ QueueUrl: url, MessageBody: JSON.stringify(publication) });
      try {
        const request = { method: 'POST', host, path: '/', body };
        const response = await fetch(origin, {
          method: 'POST',
          headers: { ...headers, ...sign(request, await credentials(), new Date()) },
          body,
          signal: AbortSignal.timeout(putMs),
        });
        // Read to its end, or the socket is not used again.
        await response.arrayBuffer();
        if (!response.ok) throw new Error(`SQS answered ${response.status}`);
      } catch (error) {
        throw new AppError('unavailable', 'unable to queue; SQS did not take it', { cause: error });
      }
    },
  };
};
