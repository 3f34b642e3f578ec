import type { Stored, UpdateConversation } from '../../../schema/http/conversations.ts';
import type { ConversationId } from '../../../schema/ids.ts';
import type { App } from '../../app.ts';
import type { Caller } from '../../caller.ts';
import { retitle } from '../../changes/retitle.ts';
import { type AppendUses, append, startOf } from '../../entries/append.ts';
import { AppError } from '../../errors.ts';
import type { ConversationRow } from '../../members/port.ts';
import type { Outcome } from '../../outcome.ts';
import { admitPost } from '../admit.ts';
import { answered } from '../answers.ts';

type Uses = AppendUses & Pick<App, 'rates' | 'spareRates' | 'policy'>;

/** Renames a group or a room: an entry in everybody's order. */
export const renameConversation = async (
  app: Uses,
  caller: Caller,
  conversation: ConversationId,
  { title, ...retry }: UpdateConversation,
): Promise<Outcome<Stored>> => {
  await admitPost(app, caller);
  const by = { from: caller.user, key: retry.key ?? app.chance.id() };
  const allow = async (row: ConversationRow) => {
    const member = await app.members.member(conversation, caller.user);
    if (!member) throw new AppError('not-found', 'unable to rename; no such conversation');
    if (row.kind === 'direct')
      throw new AppError('forbidden', 'unable to rename; it is a direct conversation');
    if (member.role === 'member') {
      throw new AppError('forbidden', 'unable to rename; only owners and admins may');
    }
  };
  const appended = await append(app, {
    conversation,
    by,
    after: startOf(retry),
    note: { conversation, seq: 0, kind: 'title', by },
    prepare: (walking, begin) => retitle(app, { conversation, by, title }, walking, begin, allow),
  });
  return answered({ conversation, key: by.key }, appended);
};
