/** What a part found, as people read it. */
export type Table = {
  title: string;
  /** How it was measured, in a sentence or two. */
  method: string;
  columns: string[];
  rows: string[][];
};

const lineOf = (cells: string[], widths: number[]) =>
  `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;

const ruleOf = (widths: number[]) =>
  `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;

/** Markdown that is aligned as text too: the terminal and the document show the same. */
export const render = ({ title, method, columns, rows }: Table): string => {
  const widths = columns.map((_, i) => Math.max(3, ...[columns, ...rows].map((row) => row[i]?.length ?? 0)));
  const lines = [lineOf(columns, widths), ruleOf(widths), ...rows.map((row) => lineOf(row, widths))];
  return `### ${title}\n\n${method}\n\n${lines.join('\n')}\n`;
};
