import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';

/** What docs/asyncapi.yaml allows the server to say, and nothing beside it. */
type Ref = { $ref: string };
type Document = {
  channels: { socket: { messages: Record<string, { payload: Ref }> } };
  operations: Record<string, { action: string; messages: Ref[]; reply?: { messages: Ref[] } }>;
  components: { schemas: Record<string, object> };
};

const document: Document = parse(
  readFileSync(join(import.meta.dirname, '../../../docs/asyncapi.yaml'), 'utf8'),
);

/** Clients bear fields that they do not know; the server that is tested here must not send any. */
const closed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, closed(part)]));
  const isOpen =
    'properties' in inner && (!('additionalProperties' in inner) || isEmpty(inner.additionalProperties));
  return isOpen ? { ...inner, additionalProperties: false } : inner;
};
const isEmpty = (schema: unknown) =>
  typeof schema === 'object' && schema !== null && Object.keys(schema).length === 0;

const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'document', components: { schemas: closed(document.components.schemas) } });

const nameIn = ({ $ref }: Ref) => $ref.replace(/^.*\//, '');
const validatorOf = (messages: Ref[]): ValidateFunction =>
  ajv.compile({
    anyOf: messages.map((message) => {
      const payload = document.channels.socket.messages[nameIn(message)]?.payload;
      if (!payload) throw new Error(`the document lacks ${message.$ref}`);
      return { $ref: `document${payload.$ref}` };
    }),
  });

const operations = Object.entries(document.operations);
const replies = new Map(
  operations.map(([action, { reply }]) => [action, reply && validatorOf(reply.messages)]),
);
const refusal = validatorOf([{ $ref: '#/channels/socket/messages/ErrorFrame' }]);
/** What comes unasked: pushes by name, and the answers that are pushed to others. */
const pushed = validatorOf([
  ...operations.filter(([, { action }]) => action === 'send').flatMap(([, { messages }]) => messages),
  ...['ReceiptFrame', 'PresenceFrame'].map((name) => ({ $ref: `#/channels/socket/messages/${name}` })),
]);

const errorsOf = (validate: ValidateFunction, frame: unknown) =>
  validate(frame) ? undefined : ajv.errorsText(validate.errors);

/** What is wrong with an answer to an action, or with one to something that is none. */
export const wrongAnswer = (action: string | undefined, frame: unknown): string | undefined =>
  errorsOf((action !== undefined && replies.get(action)) || refusal, frame);

/** What is wrong with a frame that nobody asked for. */
export const wrongPush = (frame: unknown): string | undefined => errorsOf(pushed, frame);

const pushTypes = new Set(
  operations.flatMap(([name, { action }]) => (action === 'send' ? [name.replace(/^push\./, '')] : [])),
);
/** An answer that is pushed to others too has the id of its question. */
export const isPush = (frame: { type?: unknown; id?: unknown }): boolean =>
  pushTypes.has(String(frame.type)) ||
  ((frame.type === 'receipt' || frame.type === 'presence') && frame.id === undefined);
