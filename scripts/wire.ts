import * as z from 'zod';
import '../schema/actions.ts';
import '../schema/http/routes.ts';
import '../schema/pushes.ts';

/** The types of the wire for the SDK: plain ones, so that its users need no validator to read them. */

type Schema = {
  $ref?: string;
  const?: unknown;
  enum?: unknown[];
  type?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  oneOf?: Schema[];
  anyOf?: Schema[];
};

/** What the SDK shows or uses, and a line on each. */
const shown: Record<string, string> = {
  UserId: 'A user: `u:` and 22 characters. Opaque: compare it, do not parse it.',
  ConversationId: 'A conversation: `d:` or `g:` and 22 characters. Opaque: compare it, do not parse it.',
  Seq: 'Place of an entry in its log: 1, 2, 3, without gaps.',
  ErrorCode: 'Every code that the server refuses with.',
  Role: 'What a member may do.',
  ConversationKind: 'Two users; a closed group; or a room, which anyone signed in may join.',
  MessageNew: 'A message, as the log has it.',
  MessageEdited:
    'The text of `target` changed to `text`, its state of now; without one it was deleted since.',
  MessageDeleted: 'The text of `target` is gone for ever.',
  MessageReacted: '`from` put the emoji to `target`, or took it away.',
  ConversationCreated: 'Always entry 1. `from` is the creator.',
  ConversationUpdated: 'The conversation has another title.',
  MemberJoined: '`user` was added by `from`, or joined where that is the user.',
  MemberLeft: '`user` was removed by `from`, or left where that is the user.',
  MemberChanged: '`user` has another role.',
  Entry: 'One row of a log, of any type.',
  Inbox: 'The versions of the inbox before and after a change.',
  InboxHead: 'Where the inbox stands.',
  Ack: 'It is stored.',
  ErrorFrame: 'A frame was refused.',
  Pong: 'The answer to a sign of life.',
  Ok: 'It is done.',
  ReceiptFrame: 'How far a user has got: everything up to these seqs.',
  TypingFrame: 'Somebody is typing, or no longer.',
  Presence: 'One user as others see it; `lastSeen` in milliseconds since 1970.',
  PresenceFrame: 'How users are.',
  Goodbye: 'The server is about to close the connection.',
  Watermarks: 'How far a user has got: everything up to these seqs.',
  Synced: 'What was missed of one conversation.',
  SyncFrame: 'What was missed.',
  SyncReply: 'What was missed, over HTTP.',
  Unread: 'Messages not read; with `more` at least so many.',
  UnreadTotal: 'Messages not read, and in how many conversations.',
  Conversation: 'A conversation as the list has it.',
  ConversationPage: 'A page of conversations.',
  EntryPage: 'A page of a log, newest to oldest.',
  MemberPage: 'A page of members.',
  Passed: 'When a watermark passed a message, and on which device.',
  Receipts: 'How far the members have got.',
  Stored: 'Where an entry is stored; `ts` in milliseconds since 1970.',
  User: 'A user and the name.',
  UserList: 'Some users.',
  Me: 'Whose token it is, and until when it is good; milliseconds since 1970.',
  Session: 'A user who is signed in; `expiresAt` in milliseconds since 1970.',
  DeviceList: 'The devices of a user.',
  PresenceList: 'How users are.',
  Problem: 'A refusal over HTTP, as RFC 9457 has it.',
};

const nameOf = (ref: string) => {
  const name = ref.slice(ref.lastIndexOf('/') + 1);
  if (!(name in shown)) throw new Error(`the SDK lacks a line on ${name}`);
  return name;
};
const property = (name: string) => (/^\w+$/.test(name) ? name : `'${name}'`);

const typeOf = (schema: Schema): string => {
  if (schema.$ref !== undefined) return nameOf(schema.$ref);
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum) return schema.enum.map(literal).join(' | ');
  const union = schema.oneOf ?? schema.anyOf;
  if (union) return union.map(typeOf).join(' | ');
  if (schema.items) {
    const item = typeOf(schema.items);
    return /[ |]/.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
  }
  if (schema.type === 'object') return objectOf(schema);
  return schema.type === 'integer' ? 'number' : (schema.type ?? 'unknown');
};

const literal = (value: unknown) => (typeof value === 'string' ? `'${value}'` : String(value));

const objectOf = ({ properties, required = [], additionalProperties }: Schema): string => {
  if (!properties)
    return `Record<string, ${typeof additionalProperties === 'object' ? typeOf(additionalProperties) : 'unknown'}>`;
  const fields = Object.entries(properties).map(
    ([name, schema]) => `${property(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}`,
  );
  return `{ ${fields.join('; ')} }`;
};

/** The text of `client/wire.gen.ts`. */
export const wireTypes = (): string => {
  const uri = (id: string) => `#/${id}`;
  const { schemas } = z.toJSONSchema(z.globalRegistry, { io: 'output', uri });
  const types = Object.entries(shown).map(([name, line]) => {
    const schema = (schemas as Record<string, Schema>)[name];
    if (!schema) throw new Error(`the schema has no ${name}`);
    return `/** ${line} */\nexport type ${name} = ${typeOf(schema)};\n`;
  });
  return ['// Made from schema/ by `npm run generate`; edits are lost.\n', ...types].join('\n');
};
