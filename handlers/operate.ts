import { operate } from '../lib/actions/operate/operate.ts';
import { onCommand } from '../lib/edge/on-invoke.ts';
import * as live from '../lib/live.ts';
import { Command } from '../schema/operate.ts';

export const handler = onCommand(Command, (command) =>
  operate(
    {
      beats: live.beats(),
      chance: live.chance,
      clock: live.clock,
      connections: live.connections(),
      gateway: live.gateway(),
      settings: live.settings(),
    },
    command,
  ),
);
