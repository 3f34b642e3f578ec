import type { Done } from '../../../schema/http/conversations.ts';
import type { UserId } from '../../../schema/ids.ts';
import type { Caller } from '../../caller.ts';
import type { Outcome } from '../../outcome.ts';
import { admitPost } from '../admit.ts';
import { type BlockUses, changeBlock } from './block.ts';

/** Also where there is none: so it can be repeated. */
export const unblock = async (app: BlockUses, caller: Caller, other: UserId): Promise<Outcome<Done>> => {
  const { user } = caller;
  await admitPost(app, caller);
  const isSo = !(await app.users.blockedBy(user)).includes(other);
  return changeBlock(app, user, other, isSo ? undefined : () => app.users.unblock(user, other));
};
