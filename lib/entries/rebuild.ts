import type { ConversationId } from '../../schema/ids.ts';
import type { App } from '../app.ts';
import type { Head, Member } from '../conversations/port.ts';
import { count } from '../metrics/measure.ts';
import { writeFirst } from './create.ts';

type Uses = Pick<App, 'members' | 'messages' | 'unannounced' | 'clock'>;

/** Head, then members, removed ones as `out`: a change of members that is missed here lies above the head, and the walk meets it. */
export const readTruth = async (
  app: Uses,
  conversation: ConversationId,
): Promise<{ head: Head; members: Member[] } | undefined> => {
  const row = await app.members.conversation(conversation);
  if (!row) return undefined;
  let head = await app.messages.head(conversation, row.headHint);
  if (head.seq === 0) {
    // Its creation died before entry 1. The note that is left behind has it announced.
    const { entry } = await writeFirst(app, row);
    head = { seq: 1, ts: entry.ts };
  }
  return { head, members: await app.members.known(conversation) };
};

/**
 * Puts back what was forgotten. `none` where there is no such conversation; `contested` where its members changed
 * meanwhile, so that what was read may be stale.
 */
export const rebuild = async (
  app: Uses & Pick<App, 'conversations' | 'chance'>,
  conversation: ConversationId,
): Promise<'rebuilt' | 'none' | 'contested'> => {
  const token = await app.conversations.startRebuild(conversation, app.chance.id());
  const truth = await readTruth(app, conversation);
  if (!truth) return 'none';
  count('rebuilds');
  const rebuilt = { conversation, token, patched: app.chance.id(), activeAt: 0, ...truth };
  return (await app.conversations.rebuild(rebuilt)) ? 'rebuilt' : 'contested';
};
