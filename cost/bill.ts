import { type Meter, prices } from './data.ts';
import { type Usage, usual } from './options.ts';
import { type Quantities, quantitiesOf } from './quantities.ts';

type Line = { service: string; what: string; quantity: number; unit: string; usd: number };
export type Bill = { lines: Line[]; services: Map<string, number>; total: number };

const billOf = (quantities: Quantities): Bill => {
  const lines = prices.map(({ id, service, what, unit, usd, per }) => {
    const quantity = quantities[id as Meter];
    return { service, what, quantity, unit, usd: (quantity / per) * usd };
  });
  const services = new Map<string, number>();
  for (const { service, usd } of lines) services.set(service, (services.get(service) ?? 0) + usd);
  return { lines, services, total: lines.reduce((sum, { usd }) => sum + usd, 0) };
};

/** A month in US dollars. */
export const monthOf = (usage: Usage): Bill => billOf(quantitiesOf(usage));

/** What is paid when nobody is there. */
export const idle = (usage: Usage): Bill => monthOf({ ...usual, nat: usage.nat, users: 0, months: 0 });

/** One setting at a time, otherwise. */
const variants: Partial<Usage>[] = [
  { heartbeat: 5 },
  { heartbeat: 20 },
  { heartbeat: 300 },
  { watched: 0 },
  { watched: 20 },
  { receipts: 0 },
  { typing: 0 },
  { devices: 2 },
  { members: 10 },
  { conversations: 3 },
  { months: 36 },
  { nat: 'none' },
  { nat: 'two' },
];

export type Variant = { changed: string; total: number; more: number };

/** What each setting costs: the bill with that one changed, and by how much it differs. */
export const variantsOf = (usage: Usage): Variant[] => {
  const { total } = monthOf(usage);
  return variants.flatMap((change) =>
    Object.entries(change)
      .filter(([name, value]) => usage[name as keyof Usage] !== value)
      .map(([name, value]) => {
        const other = monthOf({ ...usage, ...change }).total;
        return { changed: `--${name} ${value}`, total: other, more: other - total };
      }),
  );
};
