import { renameConversation } from '../../../../lib/actions/conversations/rename.ts';
import { addMember } from '../../../../lib/actions/members/add.ts';
import { changeMember } from '../../../../lib/actions/members/change.ts';
import { join } from '../../../../lib/actions/members/join.ts';
import { leave } from '../../../../lib/actions/members/leave.ts';
import { removeMember } from '../../../../lib/actions/members/remove.ts';
import type { App } from '../../../../lib/app.ts';
import type { Caller } from '../../../../lib/caller.ts';
import type { Outcome } from '../../../../lib/outcome.ts';
import type { Role } from '../../../../schema/entries.ts';
import type { ConversationId, UserId } from '../../../../schema/ids.ts';
import { isRefusal } from '../../handler.ts';
import { request } from '../client/asking.ts';
import type { Device, World } from '../world.ts';
import { acked, insist, retryOf, type Stored } from './insist.ts';
import { change } from './messages.ts';

export const joinNow = (world: World, device: Device, conversation: ConversationId, name: string) => {
  const retry = retryOf(device, conversation, name);
  return change(world, device, conversation, 'join', (app, caller) =>
    join(app, caller, { action: 'join', conversation, ...retry }),
  );
};

export const leaveNow = (world: World, device: Device, conversation: ConversationId) => {
  const retry = retryOf(device, conversation, 'leave');
  return change(world, device, conversation, 'leave', (app, caller) =>
    leave(app, caller, { action: 'leave', conversation, ...retry }),
  );
};

/** A change over HTTP: all of one's own lines get the push. */
const command = async (
  world: World,
  device: Device,
  conversation: ConversationId,
  what: string,
  act: (app: App, caller: Caller) => Promise<Outcome<Stored>>,
) => {
  const begun = world.scheduler.now();
  const stored = await insist(world, device, conversation, () => request(world, device, what, act));
  if (stored && !isRefusal(stored)) acked(world, device, stored, begun);
};

export const remove = (world: World, by: Device, conversation: ConversationId, user: UserId) => {
  const retry = retryOf(by, conversation, 'remove');
  return command(world, by, conversation, 'removeMember', (app, caller) =>
    removeMember(app, caller, conversation, user, retry),
  );
};

export const add = (world: World, by: Device, conversation: ConversationId, user: UserId) => {
  const retry = retryOf(by, conversation, 'add');
  return command(world, by, conversation, 'addMember', (app, caller) =>
    addMember(app, caller, conversation, { user, role: 'member', ...retry }),
  );
};

/** Leaves, told to all of one's own lines. */
export const quit = (world: World, device: Device, conversation: ConversationId) => {
  const retry = retryOf(device, conversation, 'quit');
  return command(world, device, conversation, 'removeMember', (app, caller) =>
    removeMember(app, caller, conversation, device.user, retry),
  );
};

export const rename = (world: World, by: Device, conversation: ConversationId) => {
  const retry = retryOf(by, conversation, 'rename');
  return command(world, by, conversation, 'renameConversation', (app, caller) =>
    renameConversation(app, caller, conversation, { title: 'another title', ...retry }),
  );
};

export const appoint = (
  world: World,
  by: Device,
  conversation: ConversationId,
  { user }: Device,
  role: Role,
) => {
  const retry = retryOf(by, conversation, `${role} ${user.slice(2, 5)}`);
  return command(world, by, conversation, 'changeMember', (app, caller) =>
    changeMember(app, caller, conversation, user, { role, ...retry }),
  );
};
