import type { Entry } from '../../../schema/entries.ts';
import type { UserId } from '../../../schema/ids.ts';
import type { App } from '../../app.ts';
import { type CompleteUses, completeEntry } from '../../changes/complete.ts';
import { completeMembership } from '../../changes/membership.ts';
import { draftOf, reactionDraft, swept, untilCertain } from '../../changes/patch.ts';
import { titleDraft } from '../../changes/retitle.ts';
import { isBy } from '../../messages/port.ts';
import { count } from '../../metrics/measure.ts';
import type { ChangeNote } from '../../unannounced/port.ts';

type Uses = CompleteUses & Pick<App, 'conversations'>;

const nobody = ({ by }: ChangeNote) => ({ from: by.from, key: swept, head: 0 });

/**
 * The truth says whether the change was made. If so, its entry is walked in or found. If not, the version is raised
 * with everything else as it is, so that a write still on its way is refused, and there is nothing to tell.
 */
const ofMessage = async (app: Uses, note: ChangeNote): Promise<Entry | undefined> => {
  const { conversation, seq, by } = note;
  const made = await untilCertain(app, async () => {
    const now = await app.messages.standing(conversation, seq);
    if (!now || now.message.deleted) return now && isBy(now.change, by) ? now : ('none' as const);
    if (isBy(now.change, by)) return now;
    const change = now.change ?? nobody(note);
    const answer = await app.messages.patch({
      conversation,
      seq,
      version: now.version,
      change,
      to: undefined,
    });
    return answer === 'patched' ? ('none' as const) : undefined;
  });
  if (made === 'none' || !made.change) return undefined;
  const walked = await completeEntry(
    app,
    conversation,
    made.change,
    draftOf({ conversation, seq, by }, made),
  );
  return walked?.entry;
};

const ofReaction = async (app: Uses, note: ChangeNote): Promise<Entry | undefined> => {
  const { conversation, seq, by, of: emoji = '' } = note;
  const place = { conversation, seq, user: by.from, emoji };
  const made = await untilCertain(app, async () => {
    const now = await app.messages.reaction(place);
    if (now && isBy(now.change, by)) return now;
    const { version = 0, present = false, change = nobody(note) } = now ?? {};
    const answer = await app.messages.patchReaction({ ...place, version, present, change });
    return answer === 'patched' ? ('none' as const) : undefined;
  });
  if (made === 'none' || !made.change) return undefined;
  const draft = reactionDraft({ conversation, seq, by }, { emoji, ...made });
  return (await completeEntry(app, conversation, made.change, draft))?.entry;
};

const ofMember = async (app: Uses, note: ChangeNote): Promise<Entry | undefined> => {
  const { conversation, by, of: user } = note;
  const made = await untilCertain(app, async () => {
    const row = await app.members.standing(conversation, user as UserId);
    if (row && isBy(row.change, by)) return row;
    const kept = row ?? { user: user as UserId, state: 'out' as const, role: 'member' as const, version: 0 };
    const change = row?.change ?? nobody(note);
    const answer = await app.members.change(conversation, { ...kept, version: kept.version + 1, change });
    return answer === 'changed' ? ('none' as const) : undefined;
  });
  return made === 'none' ? undefined : (await completeMembership(app, conversation, made))?.entry;
};

const ofTitle = async (app: Uses, note: ChangeNote): Promise<Entry | undefined> => {
  const { conversation, by } = note;
  const made = await untilCertain(app, async () => {
    const row = await app.members.conversation(conversation);
    if (!row) return 'none' as const;
    if (isBy(row.change, by)) return row;
    const change = row.change ?? nobody(note);
    const titled = { version: row.version + 1, title: undefined, change };
    return (await app.members.retitle(conversation, titled)) === 'changed' ? ('none' as const) : undefined;
  });
  if (made === 'none' || !made.change) return undefined;
  const draft = titleDraft(conversation, by, { title: made.title ?? '', version: made.version });
  return (await completeEntry(app, conversation, made.change, draft))?.entry;
};

const byKind = { message: ofMessage, reaction: ofReaction, member: ofMember, title: ofTitle };

/** Finishes a change that is half-way, or makes sure that it never happens; the entry to announce, if there is one. */
export const completeChange = async (app: Uses, note: ChangeNote): Promise<Entry | undefined> => {
  const entry = await byKind[note.kind](app, note);
  if (!entry) count('voids');
  return entry;
};
