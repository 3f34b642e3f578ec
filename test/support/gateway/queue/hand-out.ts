import { hash, randomUUID } from 'node:crypto';
import type { QueueSource } from '../deployment/queue.ts';
import type { Functions } from '../lambda/functions.ts';

type Message = { id: string; body: string; receives: number; sentAt: number };

const recordOf = ({ id, body, receives, sentAt }: Message, arn: string, region: string) => ({
  messageId: id,
  receiptHandle: randomUUID(),
  body,
  attributes: {
    ApproximateReceiveCount: String(receives),
    SentTimestamp: String(sentAt),
    SenderId: 'AIDALOCAL',
    ApproximateFirstReceiveTimestamp: String(sentAt),
  },
  messageAttributes: {},
  md5OfBody: hash('md5', body),
  eventSource: 'aws:sqs',
  eventSourceARN: arn,
  awsRegion: region,
});

/** Which of a batch failed by what the function said. An answer that makes no sense counts as a failure of all. */
const failedOf = (batch: Message[], answer: unknown): Message[] => {
  const { batchItemFailures: failures } = (answer ?? {}) as { batchItemFailures?: unknown };
  if (failures === undefined || failures === null) return [];
  if (!Array.isArray(failures)) return batch;
  const ids = failures.map((failure) => failure?.itemIdentifier);
  const isSense = ids.every((id) => batch.some((message) => message.id === id));
  return isSense ? batch.filter(({ id }) => ids.includes(id)) : batch;
};

/**
 * The event source mapping between a queue and its function. What the function has not finished is handed out again
 * when its time of being invisible is over, so a message may come twice, late and in any order.
 * What is put while as many invocations run as there may be waits for one of them to end.
 * Source: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS".
 */
export const handOut = (options: {
  source: QueueSource;
  arn: string;
  region: string;
  deadLetters: string[];
  invoke: Functions['invoke'];
}): { put(body: string): string; end(): void } => {
  const { source, arn, region, deadLetters, invoke } = options;
  let waiting: Message[] = [];
  let working = 0;
  let isOver = false;
  const hidden = new Set<NodeJS.Timeout>();

  const hide = (message: Message) => {
    if (isOver) return;
    const timer = setTimeout(() => {
      hidden.delete(timer);
      show(message);
    }, source.visibilityMs);
    hidden.add(timer);
  };
  const work = async (batch: Message[]) => {
    working++;
    for (const message of batch) message.receives++;
    const Records = batch.map((message) => recordOf(message, arn, region));
    const failed = await invoke(source.function, { Records }).then(
      (answer) => (source.reports ? failedOf(batch, answer) : []),
      () => batch,
    );
    for (const message of failed) hide(message);
    working--;
    handOn();
  };
  const handOn = () => {
    if (isOver) return;
    const tired = waiting.filter(({ receives }) => receives >= source.receives);
    deadLetters.push(...tired.map(({ body }) => body));
    waiting = waiting.filter((message) => !tired.includes(message));
    while (waiting.length > 0 && working < source.concurrency) void work(waiting.splice(0, source.batch));
  };
  const show = (message: Message) => {
    waiting.push(message);
    if (waiting.length === 1) setImmediate(handOn);
  };

  return {
    put: (body) => {
      const id = randomUUID();
      show({ id, body, receives: 0, sentAt: Date.now() });
      return id;
    },
    end: () => {
      isOver = true;
      for (const timer of hidden) clearTimeout(timer);
    },
  };
};
