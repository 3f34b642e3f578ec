export type Taken<Case, Told> = { taken: Case; told: Told[] };

/**
 * Measures every case once, then all of them again, as often as asked: what disturbs the machine for a while disturbs
 * all cases alike, and not one of them alone.
 */
export const inTurns = async <Case, Told>(
  cases: readonly Case[],
  repetitions: number,
  measure: (taken: Case) => Promise<Told>,
): Promise<Taken<Case, Told>[]> => {
  const all = cases.map((taken) => ({ taken, told: [] as Told[] }));
  for (let i = 0; i < repetitions; i++) {
    for (const { taken, told } of all) told.push(await measure(taken));
  }
  return all;
};
