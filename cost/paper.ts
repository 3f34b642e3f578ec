import { type Bill, idle, monthOf, variantsOf } from './bill.ts';
import { estimated, prices, region } from './data.ts';
import { options, type Usage, usual } from './options.ts';
import { table } from './table.ts';

/** How the reckoning is shown: by the command, and in docs/COST.md. */

const dollars = (usd: number) =>
  `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
const difference = (usd: number) => `${usd < 0 ? '−' : '+'}${dollars(Math.abs(usd))}`;
const amount = (quantity: number) =>
  quantity.toLocaleString('en-US', { maximumFractionDigits: quantity < 100 ? 1 : 0 });

const perUser = (total: number, { users }: Usage) =>
  users > 0 ? ` That is ${dollars((total / users) * 1_000)} for a thousand users.` : '';

const linesOf = ({ lines, total }: Bill) =>
  table(
    ['service', 'what', 'in a month', 'unit', 'cost'],
    [
      ...lines.map(({ service, what, quantity, unit, usd }) => [
        service,
        what,
        amount(quantity),
        unit,
        dollars(usd),
      ]),
      ['**all**', '', '', '', dollars(total)],
    ],
    [2, 4],
  );

const variantTable = (usage: Usage) =>
  table(
    ['setting', 'a month', 'difference'],
    variantsOf(usage).map(({ changed, total, more }) => [`\`${changed}\``, dollars(total), difference(more)]),
    [1, 2],
  );

/** What the command prints. */
export const reckoning = (usage: Usage): string => {
  const bill = monthOf(usage);
  const floor = idle(usage);
  return `A month in ${region} costs about ${dollars(bill.total)}.${perUser(bill.total, usage)} With nobody there it is ${dollars(floor.total)}.

${linesOf(bill)}

One setting otherwise:

${variantTable(usage)}
`;
};

export const optionTable = (): string =>
  table(
    ['option', 'default', 'meaning'],
    Object.entries(options).map(([name, { fallback, meaning }]) => [
      `\`--${name}\``,
      String(fallback),
      meaning,
    ]),
  );

const sizes: Usage[] = [{ ...usual, users: 500 }, usual, { ...usual, users: 100_000, nat: 'two' }];

const services = (): string => {
  const bills = sizes.map(monthOf);
  const names = [...new Set(prices.map(({ service }) => service))];
  return table(
    ['service', ...sizes.map(({ users }) => `${amount(users)} users`)],
    [
      ...names.map((name) => [name, ...bills.map((bill) => dollars(bill.services.get(name) ?? 0))]),
      ['**a month**', ...bills.map(({ total }) => dollars(total))],
      ['with nobody there', ...sizes.map((usage) => dollars(idle(usage).total))],
    ],
    [1, 2, 3],
  );
};

const sayers: Record<string, string> = { aws: 'AWS', copied: 'a copy of its price list', others: 'others' };

/** docs/COST.md */
export const costPaper = (): string => `<!-- Made by \`npm run generate\` from cost/; edits are lost. -->

# What it costs

\`npm run cost\` reckons a month in ${region}, by service, from what each operation asks of the stores
(\`cost/counts.json\`, which \`test/system/counts/prices.test.ts\` counts on real ones, and \`lines.test.ts\` beside it the logs) and from list prices
(\`cost/prices.json\`). It is a forecast: **nothing here was ever billed**. Free tiers are left out, but for the first
100 GB of data transfer; so are the page (S3 and CloudFront), registrations, changes of messages and of members, flow logs, and support.

\`\`\`
npm run cost -- --users 10000 --messages-per-day 40 --members 2 --heartbeat 60
\`\`\`

## Three sizes

Everything but the number of users as by default; the largest with two gateways out of the network.

${services()}

## What a setting costs

The usual ${amount(usual.users)} users, with one setting otherwise.

${variantTable(usual)}

A heartbeat is a frame, and its answer another: both are billed. Under 20 seconds the sweep runs all the time as well.
Receipts are frames, answers, pushes and two rows each. Where \`nat\` is \`none\` the network is given, with its own way out.

## By default

${linesOf(monthOf(usual))}

## With nobody there

${linesOf({ ...idle(usual), lines: idle(usual).lines.filter(({ usd }) => usd >= 0.005) })}

## Options

${optionTable()}

## Estimates

What nobody counts: durations are guesses until something runs on AWS, and sizes are rounded. They are in \`cost/estimates.json\`.

${table(
  ['estimate', 'value', 'unit', 'of what'],
  estimated.map(({ name, value, unit, why }) => [`\`${name}\``, String(value), unit, why]),
  [1],
)}

## Prices

US dollars in ${region}. A date is the one that the source gives, or else the day on which it was read. Prices of AWS
change and differ by Region: look at its own pages before you decide by these. They fill in their numbers by script, so none could
be read there: where AWS has not said a price itself, it is from a copy that somebody made of its price list by its API, or said by others.

${table(
  ['service', 'what', 'price', 'said by', 'source', 'date'],
  prices.map(({ service, what, usd, per, unit, said, source, date, dated }) => [
    service,
    what,
    `$${usd} ${per === 1 ? `a ${unit}` : 'a million'}`,
    sayers[said] ?? said,
    `<${source}>`,
    dated === 'read' ? `read ${date}` : date,
  ]),
)}
`;
