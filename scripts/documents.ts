import * as z from 'zod';
import { type Action, actions } from '../schema/actions.ts';
import { type ErrorCode, errors } from '../schema/errors.ts';
import { events } from '../schema/events.ts';
import type { Route } from '../schema/http/route.ts';
import { routes } from '../schema/http/routes.ts';
import { serverFrames } from '../schema/pushes.ts';

/** The documents that are made from `schema/`: the SDK of a stranger starts from these. */
type Json = Record<string, unknown>;

/** A schema that stands by itself names its parts in `$defs`; in a document they are components. */
const inDocument = (schema: object): Json =>
  JSON.parse(JSON.stringify(schema).replaceAll('#/$defs/', '#/components/schemas/'));

const components = (target: 'draft-7' | 'draft-2020-12'): Json => {
  const uri = (id: string) => `#/components/schemas/${id}`;
  const { schemas } = z.toJSONSchema(z.globalRegistry, { target, io: 'input', uri });
  return Object.fromEntries(
    Object.entries(schemas)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]),
  );
};

const idOf = (schema: z.core.$ZodType): string => {
  const id = z.globalRegistry.get(schema)?.id;
  if (id === undefined) throw new Error('a schema of the wire has no id');
  return id;
};
const refTo = (schema: z.core.$ZodType) => ({ $ref: `#/components/schemas/${idOf(schema)}` });

/** JSON Schema 2020-12 of each client frame, as `help` serves it. */
export const frameSchemas = (): Json =>
  Object.fromEntries(
    Object.entries(actions).map(([action, { frame }]) => [action, z.toJSONSchema(frame, { io: 'input' })]),
  );

const answers: Record<Action, (keyof typeof serverFrames)[]> = {
  sendMessage: ['ack', 'error'],
  editMessage: ['ack', 'error'],
  deleteMessage: ['ack', 'error'],
  react: ['ack', 'error'],
  join: ['ack', 'error'],
  leave: ['ack', 'error'],
  markDelivered: ['receipt', 'error'],
  markRead: ['receipt', 'error'],
  typing: ['ok', 'error'],
  watchPresence: ['presence', 'error'],
  sync: ['sync', 'error'],
  refreshToken: ['ok', 'error'],
  ping: ['pong', 'error'],
  help: ['help', 'error'],
};
/** The older form of a frame is answered by the same. */
const older: Record<keyof typeof events, Action> = {
  'message:message': 'sendMessage',
  'message:edit': 'editMessage',
  'message:delete': 'deleteMessage',
};
const answered = new Set(Object.values(answers).flat());
const message = (id: string) => ({ $ref: `#/channels/socket/messages/${id}` });

export const asyncApi = (version: string): Json => {
  const clientFrames = [...Object.values(actions), ...Object.values(events)].map(({ frame }) => frame);
  const messages = [...clientFrames, ...Object.values(serverFrames)].map((schema) => [
    idOf(schema),
    { name: idOf(schema), contentType: 'application/json', payload: refTo(schema) },
  ]);
  const received = (
    name: string,
    { frame, summary }: { frame: z.core.$ZodType; summary: string },
    as: Action,
  ) => [
    name,
    {
      action: 'receive',
      channel: { $ref: '#/channels/socket' },
      summary,
      messages: [message(idOf(frame))],
      reply: {
        channel: { $ref: '#/channels/socket' },
        messages: answers[as].map((type) => message(idOf(serverFrames[type]))),
      },
    },
  ];
  const operations = [
    ...Object.entries(actions).map(([action, known]) => received(action, known, action as Action)),
    ...Object.entries(events).map(([event, known]) =>
      received(event.replace(':', '.'), known, older[event as keyof typeof events]),
    ),
  ];
  const pushes = Object.entries(serverFrames)
    .filter(([type]) => !answered.has(type as keyof typeof serverFrames))
    .map(([type, schema]) => [
      `push.${type}`,
      { action: 'send', channel: { $ref: '#/channels/socket' }, messages: [message(idOf(schema))] },
    ]);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Parley WebSocket',
      version,
      description: 'Text frames of JSON, at most 32 KB each way. docs/PROTOCOL.md explains them.',
    },
    defaultContentType: 'application/json',
    channels: { socket: { address: '/', messages: Object.fromEntries(messages) } },
    operations: Object.fromEntries([...operations, ...pushes]),
    components: { schemas: components('draft-7') },
  };
};

const parametersOf = (path: string, { query }: Route) => {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { $ref: '#/components/schemas/ConversationId' },
  }));
  const { properties = {} } = query ? z.toJSONSchema(query, { io: 'input' }) : {};
  const inQuery = Object.entries(inDocument(properties)).map(([name, schema]) => ({
    name,
    in: 'query',
    schema,
  }));
  return [...inPath, ...inQuery];
};

const refusalsOf = (codes: ErrorCode[]) => {
  const byStatus = Map.groupBy(new Set(codes), (code) => errors[code].status);
  return [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, same]) => [
      String(status),
      {
        description: same.map((code) => `\`${code}\`: ${errors[code].title}`).join(' '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]);
};

const inline = (schema: z.core.$ZodType) => {
  if (z.globalRegistry.get(schema)?.id !== undefined) return refTo(schema);
  const { $schema: _, $defs: __, ...plain } = z.toJSONSchema(schema);
  return inDocument(plain);
};

const operationOf = (path: string, route: Route) => ({
  summary: route.summary,
  ...(route.open ? { security: [] } : {}),
  parameters: parametersOf(path, route),
  ...(route.body && {
    requestBody: { required: true, content: { 'application/json': { schema: inline(route.body) } } },
  }),
  responses: Object.fromEntries([
    ...Object.entries(route.replies).map(([status, schema]) => [
      status,
      { description: 'Done.', content: { 'application/json': { schema: inline(schema) } } },
    ]),
    ...refusalsOf(route.refusals),
  ]),
});

export const openApi = (version: string): Json => {
  const paths: Record<string, Json> = {};
  for (const [key, route] of Object.entries(routes)) {
    const [method = '', path = ''] = key.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(path, route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parley HTTP',
      version,
      description: 'What does not need a socket, or does not fit a frame. Errors are RFC 9457 problems.',
    },
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: components('draft-2020-12'),
    },
  };
};
