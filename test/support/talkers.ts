import { expect } from '@jest/globals';
import type { Session } from '../../schema/http/users.ts';
import type { Client, Frame } from './client.ts';
import { aKey } from './ids.ts';
import type { Running } from './running.ts';

/** People who say things until these are acknowledged, and what the log must then hold. */
export type Sent = { key: string; text: string; seq: number };
export type Talker = { session: Session; client: Client; sent: Sent[]; refusals: Frame[] };

export const talkerOf = async (running: Running, session: Session): Promise<Talker> => ({
  session,
  client: await running.connect(session),
  sent: [],
  refusals: [],
});

/** Says one thing until it is acknowledged, with one key, as the SDK does. */
export const say = async (
  talker: Talker,
  conversation: string,
  text: string,
  onAck: () => void = () => {},
) => {
  const frame = {
    action: 'sendMessage',
    conversation,
    text,
    key: aKey(),
    after: talker.sent.at(-1)?.seq ?? 1,
  };
  for (;;) {
    const answer = await talker.client.ask(frame);
    if (answer.type === 'ack') {
      talker.sent.push({ key: frame.key, text, seq: answer.seq });
      onAck();
      return;
    }
    talker.refusals.push(answer);
    if (!answer.retryable) throw new Error(`refused for good: ${JSON.stringify(answer)}`);
  }
};

/** The whole log, oldest first. */
export const readLog = async (running: Running, session: Session, conversation: string): Promise<Frame[]> => {
  const entries: Frame[] = [];
  let query = '?limit=100';
  for (;;) {
    const path = `/v1/conversations/${conversation}/messages${query}`;
    const { status, body } = await running.http('GET', path, { token: session.token });
    if (status !== 200) throw new Error(`unable to read: ${JSON.stringify(body)}`);
    entries.push(...body.items);
    if (!body.next) return entries.reverse();
    query = `?limit=100&cursor=${body.next}`;
  }
};

/** Nothing that was acknowledged is lost. */
export const expectAllIn = (log: Frame[], sent: Sent[]) => {
  const bySeq = new Map(log.map((entry) => [entry.seq, entry]));
  for (const { key, text, seq } of sent) expect(bySeq.get(seq)).toMatchObject({ key, text });
};

/** No number is missing: so it is where nobody changes a message, for changes take numbers that history does not show. */
export const expectWhole = (log: Frame[]) =>
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
