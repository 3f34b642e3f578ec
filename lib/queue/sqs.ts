import { jsonAction } from '../aws/json.ts';
import type { Credentials } from '../aws/sigv4.ts';
import { AppError } from '../errors.ts';
import type { Queue } from './port.ts';

export type SqsOptions = {
  /** As SQS names it: `https://sqs.{region}.amazonaws.com/{account}/{name}`. */
  url: string;
  region: string;
  credentials: () => Promise<Credentials>;
};

/** What the posts of one invocation may take, twice. */
const putMs = 2_000;

/** SQS by its JSON protocol, with the signer that posts have anyway. */
export const sqsQueue = ({ url, region, credentials }: SqsOptions): Queue => {
  const send = jsonAction({
    region,
    service: 'sqs',
    endpoint: url,
    target: 'AmazonSQS.SendMessage',
    version: '1.0',
    credentials,
  });
  return {
    put: async (publication) => {
      try {
        await send({ QueueUrl: url, MessageBody: JSON.stringify(publication) }, putMs);
      } catch (error) {
        throw new AppError('unavailable', 'unable to queue; SQS did not take it', { cause: error });
      }
    },
  };
};
