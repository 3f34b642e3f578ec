import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A function that works off a queue, by its `sqs` event and by the queue's own resource. */
export type QueueSource = {
  function: string;
  /** Messages of one invocation, at most. */
  batch: number;
  /** Invocations at a time, at most. */
  concurrency: number;
  /** Whether the function says which messages of a batch failed; else all do where it throws, and none otherwise. */
  reports: boolean;
  /** After this a message that was not finished is handed out again. */
  visibilityMs: number;
  /** So often at most: then it goes to the dead letters. */
  receives: number;
};

export type SqsEvent = {
  arn: { 'Fn::GetAtt': [string, string] };
  batchSize?: number;
  maximumConcurrency?: unknown;
  functionResponseType?: string;
};

type Resource = {
  Properties?: { VisibilityTimeout?: number; RedrivePolicy?: { maxReceiveCount?: number } };
};
type Resources = { Resources?: Record<string, Resource> } | string;

/** One part of `resources`: written in the file itself, or in one that it names. What is chosen otherwise has no queue. */
const partOf = (part: Resources, directory: string): Record<string, Resource> | undefined => {
  if (typeof part !== 'string') return part.Resources;
  const file = part.match(/^\$\{file\((.+\.yml)\)\}$/)?.[1];
  return file === undefined
    ? undefined
    : parse(readFileSync(join(directory, file), 'utf8'), { logLevel: 'silent' }).Resources;
};

const resourceOf = (name: string, directory: string, resources: Resources | Resources[] = []): Resource => {
  const written = [resources].flat().map((part) => partOf(part, directory));
  const found = written.find((part) => part !== undefined && name in part)?.[name];
  if (!found) throw new Error(`there is no resource ${name}`);
  return found;
};

/** What is left out is as SQS and Lambda have it. */
export const queueOf = (
  event: SqsEvent,
  name: string,
  directory: string,
  resources: Resources | Resources[],
): QueueSource => {
  const { Properties = {} } = resourceOf(event.arn['Fn::GetAtt'][0], directory, resources);
  return {
    function: name,
    batch: event.batchSize ?? 10,
    concurrency: Number(event.maximumConcurrency ?? 1_000),
    reports: event.functionResponseType === 'ReportBatchItemFailures',
    visibilityMs: (Properties.VisibilityTimeout ?? 30) * 1_000,
    receives: Properties.RedrivePolicy?.maxReceiveCount ?? Number.POSITIVE_INFINITY,
  };
};
