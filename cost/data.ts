import estimates from './estimates.json' with { type: 'json' };
import kept from './prices.json' with { type: 'json' };

/** Prices in US dollars, each with its source and the day of it; a test holds ids and meters together. */
export type Meter =
  | 'socketMessages'
  | 'connectionMinutes'
  | 'httpRequests'
  | 'lambdaRequests'
  | 'lambdaSeconds'
  | 'keyspacesWrites'
  | 'keyspacesReads'
  | 'keyspacesStorage'
  | 'keyspacesBackup'
  | 'cacheUnits'
  | 'cacheStorage'
  | 'natHours'
  | 'natData'
  | 'addressHours'
  | 'endpointHours'
  | 'endpointData'
  | 'egress'
  | 'queueRequests'
  | 'logs'
  | 'logStorage'
  | 'metrics'
  | 'alarms'
  | 'compositeAlarms'
  | 'dashboards'
  | 'secrets';

export const { region, prices } = kept;
export const estimated = estimates;

/** What nobody counts on real stores: durations on AWS, sizes, habits. */
export const estimate = (name: string): number => {
  const found = estimates.find((one) => one.name === name);
  if (!found) throw new Error(`there is no estimate of ${name}`);
  return found.value;
};
