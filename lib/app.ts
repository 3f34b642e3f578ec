import type { Beats } from './beats/port.ts';
import type { Chance, Clock } from './clock.ts';
import type { Connections } from './connections/port.ts';
import type { Conversations } from './conversations/port.ts';
import type { Gateway } from './gateway/port.ts';
import type { Log } from './log.ts';
import type { Members } from './members/port.ts';
import type { Messages } from './messages/port.ts';
import type { Policy } from './policy.ts';
import type { Presences } from './presence/port.ts';
import type { Queue } from './queue/port.ts';
import type { Rates } from './rates/port.ts';
import type { Receipts } from './receipts/port.ts';
import type { Seen } from './seen/port.ts';
import type { Settings } from './settings/port.ts';
import type { Tickets } from './tickets/port.ts';
import type { Cursors } from './tokens/cursors.ts';
import type { Tokens } from './tokens/tokens.ts';
import type { Unannounced } from './unannounced/port.ts';
import type { Users } from './users/port.ts';

/** The ports together. An action takes the few it uses: `Pick<App, …>`. */
export type App = {
  clock: Clock;
  chance: Chance;
  log: Log;
  beats: Beats;
  connections: Connections;
  conversations: Conversations;
  gateway: Gateway;
  cursors: Cursors;
  members: Members;
  messages: Messages;
  policy: Policy;
  presence: Presences;
  queue: Queue;
  rates: Rates;
  /** Limits of this container alone, for the time that `rates` is away. */
  spareRates: Rates;
  receipts: Receipts;
  seen: Seen;
  settings: Settings;
  tickets: Tickets;
  tokens: Tokens;
  unannounced: Unannounced;
  users: Users;
};
