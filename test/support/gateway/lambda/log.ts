/** What all instances wrote, in the order in which it came. */
export const keepLog = () => {
  const lines: string[] = [];
  let waiting: { fits: (line: string) => boolean; found: (line: string) => void }[] = [];
  return {
    write: (line: string): void => {
      lines.push(line);
      const due = waiting.filter(({ fits }) => fits(line));
      waiting = waiting.filter((one) => !due.includes(one));
      for (const { found } of due) found(line);
    },
    text: (): string => lines.join('\n'),
    /** The first line, written or to come, that fits. */
    next: (fits: (line: string) => boolean): Promise<string> => {
      const there = lines.find(fits);
      return there === undefined
        ? new Promise((found) => waiting.push({ fits, found }))
        : Promise.resolve(there);
    },
  };
};
