import type { ConversationId } from '../../schema/ids.ts';
import type { Begin } from '../entries/append.ts';
import type { Draft } from '../entries/draft.ts';
import type { Prepare, Walking } from '../entries/walk.ts';
import { AppError } from '../errors.ts';
import type { ConversationRow } from '../members/port.ts';
import { type Change, isBy } from '../messages/port.ts';
import type { CompleteUses } from './complete.ts';
import { tell, untilCertain } from './patch.ts';

type By = Pick<Change, 'from' | 'key'>;

export const titleDraft = (
  conversation: ConversationId,
  { from, key }: By,
  { title, version }: { title: string; version: number },
): Draft => ({ type: 'conversation.updated', conversation, from, key, title, version });

/** Renames a conversation, once; `allow` throws where the sender may not. */
export const retitle = (
  app: CompleteUses,
  { conversation, by, title }: { conversation: ConversationId; by: By; title: string },
  walking: Walking,
  begin: Begin,
  allow: (row: ConversationRow) => Promise<void>,
): ReturnType<Prepare> =>
  untilCertain(app, async () => {
    const row = await app.members.conversation(conversation);
    if (!row) throw new AppError('not-found', 'unable to rename; no such conversation');
    if (isBy(row.change, by)) {
      const draft = titleDraft(conversation, by, { title: row.title ?? title, version: row.version });
      return { draft, binding: true, above: row.change?.head ?? 0 };
    }
    const told = { title: row.title ?? '', version: row.version };
    await tell(app, conversation, row.change, () => titleDraft(conversation, by, told));
    if (await walking.look()) return 'found';
    await allow(row);
    await begin();
    const version = row.version + 1;
    const change = { ...by, head: walking.below().seq };
    const answer = await app.members.retitle(conversation, { version, title, change });
    return answer === 'changed'
      ? { draft: titleDraft(conversation, by, { title, version }), binding: true }
      : undefined;
  });
