import type { Gateway } from '../../../lib/gateway/port.ts';
import type { Entry } from '../../../schema/entries.ts';
import type { ConnectionId } from '../../../schema/ids.ts';
import type { Goodbye, Presence, TypingFrame } from '../../../schema/pushes.ts';
import { type Handler, never } from '../faults.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Record } from './record.ts';
import type { Line } from './world.ts';

/** What a client is sent without having asked. */
export type Push = { type: string; users?: Presence[] } & Partial<
  Omit<Goodbye, 'type'> & Pick<TypingFrame, 'conversation' | 'user'>
>;

/** API Gateway and the network between it and the clients. */
export type Lines = {
  add(line: Line): void;
  /** The name of a connection that nobody had before. */
  name(): ConnectionId;
  /** How often a push is lost on its way. */
  drops: number;
  /** What the client does with a push, and when it is told of an end. */
  arrive: (line: Line, push: Push) => void;
  closed: (line: Line) => void;
  gatewayOf(handler: Handler): Gateway;
};

const isEntry = ({ type }: Push) => /^(message|member|conversation)\./.test(type);

/** Writes down what is started for whom. */
const note = (record: Record, { caller, validUntil }: Line, push: Push, { begun }: Handler, at: number) => {
  const { user, device, connection } = caller;
  if (push.type !== 'goodbye')
    record.posted.push({ type: push.type, connection, device, validUntil, begun, at });
  for (const one of push.users ?? []) {
    record.presences.push({ connection, at, ...one });
    record.sights.push({ to: user, begun, at, ...one });
  }
  if (push.type === 'typing' && push.user && push.conversation)
    record.typed.push({ to: user, by: push.user, conversation: push.conversation, begun, at });
  if (isEntry(push)) record.shown.push({ to: user, via: 'post', begun, at, entry: push as unknown as Entry });
};

export const linesIn = (scheduler: Scheduler, record: Record): Lines => {
  const all = new Map<ConnectionId, Line>();
  let named = 0;
  const lines: Lines = {
    add: (line) => all.set(line.caller.connection, line),
    name: () => `line-${++named}`.padEnd(22, '_') as ConnectionId,
    drops: 0,
    arrive: () => {},
    closed: () => {},
    gatewayOf: (handler) => ({
      post: async (connection, frame) => {
        if (!handler.alive) return never();
        const line = all.get(connection);
        await scheduler.pause(scheduler.between(0, 4));
        if (!line?.open) return 'gone';
        const push = JSON.parse(frame) as Push;
        note(record, line, push, handler, scheduler.now());
        if (scheduler.chance(lines.drops)) {
          await scheduler.pause(1_000);
          return 'failed';
        }
        const ms = scheduler.chance(0.1) ? scheduler.between(50, 900) : scheduler.between(0, 30);
        scheduler.later(ms, () => lines.arrive(line, push));
        return 'sent';
      },
      close: async (connection) => {
        if (!handler.alive) return never();
        const line = all.get(connection);
        await scheduler.pause(scheduler.between(0, 4));
        if (!line?.open) return 'gone';
        line.open = false;
        lines.closed(line);
        return 'closed';
      },
    }),
  };
  return lines;
};
