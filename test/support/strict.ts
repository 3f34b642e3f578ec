import { type Gateway, startGateway } from './gateway/gateway.ts';
import { clientsOf, type Running } from './running.ts';

/** The product through the strict gateway: what AWS does, on real stores. */
export type Strict = Running &
  Omit<Gateway, 'wsUrl'> & {
    sweep(): Promise<unknown>;
  };

export const startStrict = async (
  environment: Record<string, string> = {},
  limits: Parameters<typeof startGateway>[0] = {},
): Promise<Strict> => {
  const gateway = await startGateway({ ...limits, environment });
  const { wsUrl, ...rest } = gateway;
  return {
    ...rest,
    ...clientsOf(gateway.httpUrl, wsUrl),
    sweep: () => gateway.invoke('sweep', { once: true }),
  };
};
