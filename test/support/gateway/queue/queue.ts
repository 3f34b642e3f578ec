import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { QueueSource } from '../deployment/queue.ts';
import type { Functions } from '../lambda/functions.ts';
import type { Limits } from '../limits.ts';
import { bodyOf } from '../request.ts';
import { type Keys, signatureFault } from '../socket/signature.ts';
import { handOut } from './hand-out.ts';

/**
 * A standard queue, by the JSON protocol of SQS: `SendMessage`, and nothing else.
 * Source: Amazon SQS Developer Guide, "Making query API requests using the AWS JSON protocol".
 */
export type Queue = {
  url: string;
  deadLetters: string[];
  /** From now on a function works it off. */
  serve(functions: Functions): void;
  /** Cuts the kept-alive sockets of those who put. */
  cut(): void;
  stop(): Promise<void>;
};

const account = '123456789012';

export const startQueue = async (
  source: QueueSource,
  region: string,
  limits: Limits,
  keys: Keys,
): Promise<Queue> => {
  let put: ((body: string) => string) | undefined;
  const deadLetters: string[] = [];

  const answer = (response: ServerResponse, status: number, body: object) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(body));
  };
  const refuse = (response: ServerResponse, status: number, __type: string) =>
    answer(response, status, { __type: `com.amazonaws.sqs#${__type}`, message: null });

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request);
    const fault = signatureFault(request, body, region, keys, 'sqs');
    if (fault) return refuse(response, 403, fault);
    if (request.headers['x-amz-target'] !== 'AmazonSQS.SendMessage')
      return refuse(response, 400, 'UnsupportedOperation');
    const { QueueUrl, MessageBody } = JSON.parse(body.toString('utf8'));
    if (QueueUrl !== url || !put) return refuse(response, 400, 'QueueDoesNotExist');
    if (Buffer.byteLength(MessageBody) > limits.queuedBytes)
      return refuse(response, 400, 'InvalidMessageContents');
    answer(response, 200, { MD5OfMessageBody: hash('md5', MessageBody), MessageId: put(MessageBody) });
  };
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    serve(request, response).catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${account}/deliver`;
  const arn = `arn:aws:sqs:${region}:${account}:deliver`;
  let end = () => {};

  return {
    url,
    deadLetters,
    serve: ({ invoke }) => {
      const visibilityMs = Math.min(source.visibilityMs, limits.visibilityMs);
      const handing = handOut({
        ...{ source: { ...source, visibilityMs }, arn, region, deadLetters },
        invoke,
      });
      put = handing.put;
      end = handing.end;
    },
    cut: () => server.closeAllConnections(),
    stop: async () => {
      end();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
