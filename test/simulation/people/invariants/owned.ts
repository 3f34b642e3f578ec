import type { ConversationId } from '../../../../schema/ids.ts';
import type { World } from '../world.ts';

/** As long as somebody is there, somebody is an owner. */
export const owned = async ({ app, devices }: World, conversation: ConversationId): Promise<string[]> => {
  const row = await app.members.conversation(conversation);
  const members = await app.members.of(conversation);
  // A change that was given up may have come beside the next. Who is put out changed no rights.
  const isUnsure = devices.some(({ isOut, left }) => !isOut && left.has(conversation));
  if (!row || row.kind === 'direct' || isUnsure) return [];
  if (members.length === 0 || members.some(({ role }) => role === 'owner')) return [];
  return [`members: ${conversation} has members, and no owner`];
};
