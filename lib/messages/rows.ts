import { type Entry, Entry as EntrySchema } from '../../schema/entries.ts';
import type { UserId } from '../../schema/ids.ts';
import type { Row } from '../cassandra/client.ts';
import type { Change } from './port.ts';

export const columns = 'conversation_id, seq, kind, type, sender, key, ts, target, body, version, deleted';

/** Kinds as stored; what a query must see stays outside of the body. */
export const kinds = {
  'message.new': 'message',
  'message.edited': 'edited',
  'message.deleted': 'deleted',
  'message.reacted': 'reacted',
  'conversation.created': 'created',
  'conversation.updated': 'updated',
  'member.joined': 'joined',
  'member.left': 'left',
  'member.changed': 'changed',
} as const satisfies Record<Entry['type'], string>;
const typeOf = new Map(Object.entries(kinds).map(([type, kind]) => [kind as string, type]));

/** The first byte names the format of the rest: 0 is plain JSON, 1 is kept for sealed bodies. */
const plainJson = Buffer.from([0]);
export const pack = (body: object) => Buffer.concat([plainJson, Buffer.from(JSON.stringify(body))]);
const unpack = (body: Buffer) => JSON.parse(body.toString('utf8', 1));

/** What has no column of its own. */
export const bodyOf = (entry: Entry): object => {
  const { type, conversation, seq, ts, from, key, ...rest } = entry;
  if (type === 'message.new') {
    const { text, replyTo } = entry;
    return { text, ...(replyTo !== undefined && { replyTo }) };
  }
  if (type === 'message.edited') return { version: entry.version };
  if ('target' in rest) {
    const { target, ...body } = rest;
    return body;
  }
  return rest;
};

export const readEntry = (row: Row): Entry => {
  const { conversation_id: conversation, kind, sender: from, key } = row;
  return EntrySchema.parse({
    type: typeOf.get(kind),
    conversation,
    seq: Number(row.seq),
    ts: row.ts.getTime(),
    from,
    key,
    ...unpack(row.body),
    ...(row.target !== null && { target: Number(row.target) }),
    ...(kind === kinds['message.new'] && {
      messageType: row.type,
      ...(Number(row.version) > 0 && { version: Number(row.version) }),
      ...(row.deleted && { deleted: true }),
    }),
  });
};

/** Who changed a row last, in one column, so that a condition can tell of it. */
export const packChange = ({ from, key, head, made }: Change): string =>
  [from, key, head, ...(made ? [made] : [])].join(' ');

export const readChange = (packed: string | null): Change | undefined => {
  if (!packed) return undefined;
  const [from, key = '', head, made] = packed.split(' ');
  return { from: from as UserId, key, head: Number(head), ...(made && { made: made as Entry['type'] }) };
};
