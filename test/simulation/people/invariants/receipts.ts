import type { Setting, World } from '../world.ts';

/** I7: what was answered is stored, and no reader is told less than was answered or told before he asked. */
export const receiptsRose = async (
  { app, record, conversations }: World,
  { loss }: Setting,
): Promise<string[]> => {
  const wrong: string[] = [];
  for (const conversation of conversations) {
    const stored = new Map((await app.receipts.of(conversation)).map((marks) => [marks.user, marks]));
    for (const { user, seq } of record.marks.filter((mark) => mark.conversation === conversation))
      if ((stored.get(user)?.read ?? 0) < seq)
        wrong.push(`I7: ${user} read ${seq}, which was answered and is lost`);
    for (const { user, delivered } of record.told.flatMap((one) =>
      one.conversation === conversation ? one.marks : [],
    ))
      if ((stored.get(user)?.delivered ?? 0) < delivered)
        wrong.push(`I7: ${user} had received ${delivered}, which was told and is lost`);
    // A memory that went back, or missed a mark, may show less for an hour.
    if (loss === 'rollback') continue;
    const told = record.told.filter((one) => one.conversation === conversation);
    for (const one of told) {
      for (const before of told) {
        if (before.at > one.begun) continue;
        for (const mark of before.marks) {
          const now = one.marks.find(({ user }) => user === mark.user);
          for (const kind of ['delivered', 'read'] as const)
            if (now && now[kind] < mark[kind])
              wrong.push(
                `I7: ${one.reader} was told of ${kind} ${now[kind]} of ${mark.user}, and ${mark[kind]} before`,
              );
        }
      }
    }
  }
  return wrong;
};
