/** What somebody may say of his users, as `--name value`: its default, what it means, and what it may be. */
export const options = {
  users: number(10_000, 'people who use it', 0, 100_000_000),
  'messages-per-day': number(40, 'that each of them sends', 0, 10_000),
  members: number(2, 'of a conversation, as messages meet them', 2, 500),
  online: number(50, 'percent of the members who are connected when a message comes', 0, 100),
  devices: number(1, 'connected at a time, of one who is online', 1, 50),
  hours: number(3, 'a day that a device is connected', 0, 24),
  sessions: number(4, 'a day: how often a device connects', 0, 1_000),
  'text-bytes': number(200, 'of a message', 1, 16_384),
  heartbeat: number(60, 'seconds between frames that only say that a client lives', 1, 540),
  receipts: number(1, 'marks for each message received; 0 turns them off', 0, 2),
  typing: number(0.3, 'frames of typing for each message; 0 turns them off', 0, 10),
  watched: number(5, 'users whose presence each device watches; 0 turns it off', 0, 20),
  pages: number(10, 'of history or lists that each user reads a day', 0, 10_000),
  conversations: number(10, 'of a user that were active within a week', 0, 1_000),
  months: number(12, 'of messages that are stored', 0, 1_200),
  nat: choice('one', 'gateways out of the network: `none` where the network is given', [
    'none',
    'one',
    'two',
  ]),
};

type NumberOption = { kind: 'number'; fallback: number; meaning: string; low: number; high: number };
type ChoiceOption<T extends string> = { kind: 'choice'; fallback: T; meaning: string; values: readonly T[] };

function number(fallback: number, meaning: string, low: number, high: number): NumberOption {
  return { kind: 'number', fallback, meaning, low, high };
}
function choice<const T extends string>(
  fallback: NoInfer<T>,
  meaning: string,
  values: readonly T[],
): ChoiceOption<T> {
  return { kind: 'choice', fallback, meaning, values };
}

type Options = typeof options;
type OptionName = keyof Options;
export type Usage = { [Name in OptionName]: Options[Name]['fallback'] };

export const usual = Object.fromEntries(
  Object.entries(options).map(([name, { fallback }]) => [name, fallback]),
) as Usage;

/** What is wrong with an argument, in words for whoever typed it. */
export class BadArgument extends Error {}

const read = (name: OptionName, given: string): number | string => {
  const option: NumberOption | ChoiceOption<string> = options[name];
  if (option.kind === 'choice') {
    if (option.values.includes(given)) return given;
    throw new BadArgument(`--${name} is one of ${option.values.join(', ')}, not ${JSON.stringify(given)}`);
  }
  const value = given.trim() === '' ? Number.NaN : Number(given);
  if (value >= option.low && value <= option.high) return value;
  throw new BadArgument(
    `--${name} is a number from ${option.low} to ${option.high}, not ${JSON.stringify(given)}`,
  );
};

/** `--users 10000 --nat=two`; what is not named is as usual. */
export const readArguments = (args: string[]): Usage => {
  const given: Partial<Record<OptionName, number | string>> = {};
  const parts = args.flatMap((arg) => {
    const [, name, value] = arg.match(/^(--[^=]+)=(.*)$/) ?? [];
    return name !== undefined && value !== undefined ? [name, value] : [arg];
  });
  for (let at = 0; at < parts.length; at += 2) {
    const [flag = '', value] = parts.slice(at, at + 2);
    const name = flag.replace(/^--/, '');
    if (!flag.startsWith('--') || !Object.hasOwn(options, name)) {
      throw new BadArgument(
        `${JSON.stringify(flag)} is no option; there are ${Object.keys(options)
          .map((one) => `--${one}`)
          .join(', ')}`,
      );
    }
    const known = name as OptionName;
    if (value === undefined) throw new BadArgument(`--${name} needs a value`);
    if (given[known] !== undefined) throw new BadArgument(`--${name} is given twice`);
    given[known] = read(known, value);
  }
  return { ...usual, ...given } as Usage;
};
