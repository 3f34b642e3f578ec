import { create, groupId } from '../../lib/entries/create.ts';
import { isUnavailable } from '../../lib/errors.ts';
import { inLanes } from '../../lib/lanes.ts';
import { chance, clock } from '../../lib/platform.ts';
import type { ConnectionId, ConversationId, DeviceId, UserId } from '../../schema/ids.ts';
import type { appOver } from '../app.ts';
import { aKey, aUser } from '../people.ts';

const lanes = 32;
const hourMs = 3_600_000;
export const devicesEach = 2;

/** Large groups take longer than one attempt has: the same again completes it. */
const found = async (app: ReturnType<typeof appOver>, founding: Parameters<typeof create>[1]) => {
  for (;;) {
    try {
      return await create(app, founding);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  }
};

/** A group whose members are all connected, each on two devices; who writes, and on which connection. */
export const openAudience = async (app: ReturnType<typeof appOver>, members: number) => {
  const users = Array.from({ length: members }, aUser) as [UserId, ...UserId[]];
  const [creator] = users;
  const conversation: ConversationId = groupId(creator, aKey());
  await found(app, { id: conversation, kind: 'group', title: 'audience', creator, members: users });
  const registrations = users.flatMap((user) =>
    Array.from({ length: devicesEach }, () => ({
      user,
      device: chance.id() as DeviceId,
      connection: chance.id() as ConnectionId,
      expiresAt: clock.now() + hourMs,
    })),
  );
  await inLanes(lanes, registrations, async (one) => {
    await app.connections.register(one, await app.connections.epoch(one.user));
  });
  const [writer] = registrations;
  if (!writer) throw new Error('an audience has members');
  return { conversation, caller: { ...writer, role: 'user' }, head: 1 };
};
