import type { App } from '../../lib/app.ts';
import { perform } from '../../lib/edge/perform.ts';
import { AppError } from '../../lib/errors.ts';
import type { Gateway } from '../../lib/gateway/port.ts';
import type { Outcome } from '../../lib/outcome.ts';
import { faulty, type Handler, type Network } from './faults.ts';
import type { Scheduler } from './scheduler.ts';

/** What every handler of a world runs on. */
export type Ground = {
  scheduler: Scheduler;
  network: Network;
  app: App;
  /** Breaks one rule of the protocol, between a handler and its network. */
  mutateHandler: (app: App) => App;
  /** The gateway as one handler meets it, where it matters whose post it is. */
  gatewayOf?: (handler: Handler) => Gateway;
};

export const isRefusal = (reply: unknown): reply is AppError => reply instanceof AppError;

/** Runs an action as a handler does; `undefined` when it died or its answer was lost. */
export const handle = async <Reply>(
  ground: Ground,
  act: (app: App) => Promise<Outcome<Reply>>,
): Promise<Reply | AppError | undefined> => {
  const { scheduler, network, gatewayOf } = ground;
  const handler: Handler = { alive: true, begun: scheduler.now() };
  const whole = gatewayOf ? { ...ground.app, gateway: gatewayOf(handler) } : ground.app;
  const app = ground.mutateHandler(faulty(scheduler, network, handler, whole));
  const run = async () => {
    try {
      return await perform(app, await act(app));
    } catch (error) {
      if (isRefusal(error)) return error;
      throw error;
    }
  };
  // Lambda ends what takes longer; the caller gives up sooner or later.
  const patience = scheduler.pause(scheduler.between(2_000, 7_000)).then(() => undefined);
  const reply = await Promise.race([run(), patience]);
  return scheduler.chance(network.rates.mute) ? undefined : reply;
};
