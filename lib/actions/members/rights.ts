import type { Role } from '../../../schema/entries.ts';
import type { ConversationId, UserId } from '../../../schema/ids.ts';
import { limits } from '../../../schema/limits.ts';
import type { App } from '../../app.ts';
import { isIn, type Member } from '../../conversations/port.ts';
import type { AppendUses } from '../../entries/append.ts';
import { AppError } from '../../errors.ts';
import type { ConversationRow, StandingMember } from '../../members/port.ts';

/** What the changes of members ask alike: who may, and is there room. Rights are read from the rows, never from memory. */
export type MembersUses = AppendUses & Pick<App, 'gateway' | 'users' | 'rates' | 'spareRates' | 'policy'>;

/** Carried by every change, on the socket and over HTTP. */
export type Retry = { key?: string | undefined; after?: number | undefined };

export const notFound = () => new AppError('not-found', 'unable to change members; no such conversation');
export const forbidden = (reason: string) => new AppError('forbidden', `unable to change members; ${reason}`);
export const conflict = (reason: string) => new AppError('conflict', `unable to change members; ${reason}`);

export const rank: Record<Role, number> = { member: 0, admin: 1, owner: 2 };

export const isInside = (row: StandingMember | undefined): row is StandingMember => row?.state === 'in';

export const rowOf = async (app: MembersUses, conversation: ConversationId): Promise<ConversationRow> => {
  const row = await app.members.conversation(conversation);
  if (!row) throw notFound();
  return row;
};

/** Groups and rooms only: a direct conversation has its two members for ever. */
export const checkKind = ({ kind }: ConversationRow) => {
  if (kind === 'direct') throw forbidden('a direct conversation has two for ever');
};

/** The role of the one who asks; to a stranger there is no conversation. */
export const roleIn = async (app: MembersUses, conversation: ConversationId, user: UserId): Promise<Role> => {
  const row = await rowOf(app, conversation);
  const member = await app.members.member(conversation, user);
  if (!member) throw notFound();
  checkKind(row);
  return member.role;
};

/** Whether this user may belong to one more group or room. `beside`: one that does not count. */
export const hasRoom = async (
  app: Pick<App, 'members'>,
  user: UserId,
  beside?: ConversationId,
): Promise<boolean> => {
  const groups = (await app.members.conversationsOf(user)).filter(
    ({ conversation, peer }) => peer === undefined && conversation !== beside,
  );
  return groups.length < limits.groupsPerUser;
};

export const tooManyGroups = (act: string, pointer?: string) =>
  new AppError('too-large', `unable to ${act}; over ${limits.groupsPerUser} conversations of one user`, {
    ...(pointer !== undefined && { pointer }),
  });

export const checkRoom = async (app: MembersUses, user: UserId, members: Member[]) => {
  if (members.filter(isIn).length >= limits.members) {
    throw new AppError('too-large', `unable to add; over ${limits.members} members`);
  }
  if (!(await hasRoom(app, user))) throw tooManyGroups('add');
};
