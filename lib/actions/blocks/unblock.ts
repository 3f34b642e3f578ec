import type { Done } from '../../../schema/http/conversations.ts';
import type { UserId } from '../../../schema/ids.ts';
import type { Caller } from '../../caller.ts';
import type { Outcome } from '../../outcome.ts';
import { type BlockUses, changeBlock } from './block.ts';

/** Also where there is none: so it can be repeated. */
export const unblock = (app: BlockUses, { user }: Caller, other: UserId): Promise<Outcome<Done>> =>
  changeBlock(app, user, other, () => app.users.unblock(user, other));
