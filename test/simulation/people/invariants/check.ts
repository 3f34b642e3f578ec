import type { Entry } from '../../../../schema/entries.ts';
import type { ConversationId } from '../../../../schema/ids.ts';
import { logOf } from '../../../support/reload.ts';
import { changesTold, gapless, once, same, settled } from '../../log.ts';
import type { Setting, World } from '../world.ts';
import { blocked } from './blocked.ts';
import { deletedIsGone } from './deleted.ts';
import { caughtUp } from './held.ts';
import { owned } from './owned.ts';
import { presenceShown } from './presence.ts';
import { receiptsRose } from './receipts.ts';
import { keptOut } from './removed.ts';
import { shutOut } from './sessions.ts';
import { unreadRight } from './unread.ts';

export type Logs = Map<ConversationId, Entry[]>;

const logsOf = async ({ app, conversations }: World): Promise<Logs> =>
  new Map(
    await Promise.all(
      conversations.map(async (conversation) => [conversation, await logOf(app, conversation)] as const),
    ),
  );

/** I1: what was acknowledged is where the ack said. */
const acked = ({ record }: World, logs: Logs): string[] =>
  record.acks.flatMap(({ conversation, key, seq, user, text }) => {
    const entry = logs.get(conversation)?.[seq - 1];
    const isChanged = entry?.type !== 'message.new' || entry.version !== undefined;
    const right = entry?.key === key && entry.from === user && (isChanged || entry.text === text);
    return right ? [] : [`I1: ${user}'s ${key} was acked and is not at ${seq}`];
  });

/** Everything that must hold once all is quiet. An empty list is a pass. */
export const check = async (world: World, setting: Setting): Promise<string[]> => {
  const logs = await logsOf(world);
  const users = new Set(world.devices.map(({ user }) => user));
  const wrong = [...world.record.faults, ...acked(world, logs)];
  for (const [conversation, log] of logs) {
    if (log.length === 0) continue;
    const shown = world.record.shown.filter(({ entry }) => entry.conversation === conversation);
    wrong.push(
      ...once(log),
      ...gapless(log, []),
      ...same(log, new Set(shown.map(({ entry }) => entry))),
      ...(await settled(world.app, conversation, log)),
      ...(await changesTold(world, users, conversation, log)),
      ...keptOut(world, setting, conversation, log),
      ...(await owned(world, conversation)),
    );
  }
  return [
    ...wrong,
    ...(await caughtUp(world, setting)),
    ...(await receiptsRose(world, setting)),
    ...(await unreadRight(world, setting, logs)),
    ...deletedIsGone(world, logs),
    ...presenceShown(world, setting),
    ...shutOut(world, setting),
    ...blocked(world, setting, logs),
  ];
};
