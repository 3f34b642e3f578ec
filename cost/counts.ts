import counts from './counts.json' with { type: 'json' };

/** What one operation asks of the stores, by name; test/system/counts/prices.test.ts counts it on real ones. */
export type Operation = keyof typeof counts;
export type Count = Record<'scripts' | 'commands' | 'statements', Record<string, number>>;

/** Members of the conversation, and users whose presence the connection watches. */
export type Around = { members: number; watched: number };

type Kept = Partial<
  Count & Record<'perMember' | 'perOther' | 'perWatched' | 'statementsPerWatched', Record<string, number>>
>;

const summed = (...parts: [Record<string, number> | undefined, number][]): Record<string, number> => {
  const sum: Record<string, number> = {};
  for (const [part = {}, times] of parts) {
    for (const [name, count] of Object.entries(part)) {
      if (times > 0) sum[name] = (sum[name] ?? 0) + count * times;
    }
  }
  return sum;
};

export const countOf = (operation: Operation, { members, watched }: Around): Count => {
  const kept: Kept = counts[operation];
  return {
    scripts: summed(
      [kept.scripts, 1],
      [kept.perMember, members],
      [kept.perOther, members - 1],
      [kept.perWatched, watched],
    ),
    commands: summed([kept.commands, 1]),
    statements: summed([kept.statements, 1], [kept.statementsPerWatched, watched]),
  };
};
