import { create, groupId } from '../../lib/entries/create.ts';
import { inLanes } from '../../lib/lanes.ts';
import { chance, clock } from '../../lib/platform.ts';
import type { Tokens } from '../../lib/tokens/tokens.ts';
import type { Users } from '../../lib/users/port.ts';
import type { ConversationId, DeviceId, UserId } from '../../schema/ids.ts';
import type { appOver } from '../app.ts';
import { aKey, aMessage, aUser } from '../people.ts';

const lanes = 32;
const dayMs = 86_400_000;
export const groupMembers = 20;
export const groupsEach = 5;

export type Returning = {
  user: UserId;
  device: DeviceId;
  token: string;
  /** Every conversation that the client holds, with its head. */
  heads: Record<ConversationId, number>;
};

type Uses = ReturnType<typeof appOver> & { users: Users; tokens: Tokens };

/**
 * Users with tokens, each in five groups. One group has a message that its members have not seen; in the others
 * nothing was said since yesterday.
 */
export const aTown = async (app: Uses, size: number): Promise<Returning[]> => {
  const town: Returning[] = Array.from({ length: size }, () => ({
    ...{ user: aUser(), device: chance.id() as DeviceId, token: '', heads: {} },
  }));
  await inLanes(lanes, town, async (one) => {
    await app.users.add({ id: one.user, name: `name of ${one.user}`, createdAt: clock.now() });
    await app.users.addDevice(one.user, one.device, clock.now());
    one.token = (await app.tokens.issue({ user: one.user, device: one.device, role: 'user' })).token;
  });
  const groups = Array.from({ length: groupsEach }, (_, round) =>
    // Another neighbourhood in each round.
    Array.from({ length: Math.ceil(size / groupMembers) }, (_, i) => ({
      round,
      members: town.filter((_, at) => Math.floor(((at * (2 * round + 1)) % size) / groupMembers) === i),
    })),
  ).flat();
  await inLanes(lanes, groups, async ({ round, members }) => {
    const users = members.map(({ user }) => user);
    const [creator] = users;
    if (!creator) return;
    const id = groupId(creator, aKey());
    await create(app, { id, kind: 'group', title: 'of a town', creator, members: users });
    const isActive = round === 0;
    if (isActive) await app.messages.append(aMessage({ conversation: id, seq: 2, from: creator }));
    await app.members.active(id, users, clock.now() - (isActive ? 0 : dayMs));
    for (const one of members) one.heads[id] = 1;
  });
  return town;
};
