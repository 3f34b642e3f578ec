import type { ConversationId } from '../../schema/ids.ts';
import type { App } from '../app.ts';
import { isIn } from '../conversations/port.ts';
import type { Draft } from '../entries/draft.ts';
import { readTruth } from '../entries/rebuild.ts';
import { type Walked, walk } from '../entries/walk.ts';
import type { Change } from '../messages/port.ts';

export type CompleteUses = Pick<App, 'members' | 'messages' | 'unannounced' | 'clock'>;

const storeMs = 4_000;

/** Walks in the entry of a change that somebody made and did not finish, or finds it. */
export const completeEntry = async (
  app: CompleteUses,
  conversation: ConversationId,
  change: Change,
  draft: Draft,
): Promise<Walked | undefined> => {
  const truth = await readTruth(app, conversation);
  if (!truth) return undefined;
  return walk(app, {
    conversation,
    by: change,
    prepare: async () => ({ draft, binding: true }),
    head: truth.head,
    lookAbove: Math.min(change.head, truth.head.seq),
    members: truth.members.filter(isIn),
    anyone: true,
    now: app.clock.now(),
    deadline: app.clock.now() + storeMs,
  });
};
