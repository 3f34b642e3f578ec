import type { Done } from '../../../schema/http/conversations.ts';
import type { UserId } from '../../../schema/ids.ts';
import { agreeOnBlocks } from '../../blocks.ts';
import type { Caller } from '../../caller.ts';
import { directId } from '../../entries/create.ts';
import type { Outcome } from '../../outcome.ts';
import { type BlockUses, changeBlock } from './block.ts';

/** Also where there is none: so it can be repeated. Then no note is left, or anybody could fill the sweep with them. */
export const unblock = async (app: BlockUses, { user }: Caller, other: UserId): Promise<Outcome<Done>> => {
  const blocked = await app.users.blockedBy(user);
  if (blocked.includes(other)) return changeBlock(app, user, other, () => app.users.unblock(user, other));
  await agreeOnBlocks(app, directId(user, other), [user, other]);
  return { reply: {} };
};
