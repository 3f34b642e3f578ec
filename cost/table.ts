/** Markdown that is aligned as text too: the terminal and the document show the same. */
export const table = (columns: string[], rows: string[][], right: number[] = []): string => {
  const all = [columns, ...rows];
  const widths = columns.map((_, i) => Math.max(3, ...all.map((row) => row[i]?.length ?? 0)));
  const pad = (cell: string, i: number) =>
    right.includes(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
  const rule = widths.map((width, i) =>
    right.includes(i) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  const lineOf = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [lineOf(columns.map(pad)), lineOf(rule), ...rows.map((row) => lineOf(row.map(pad)))].join('\n');
};
