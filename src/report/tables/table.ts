import type { ReportTable } from '../../experiment/index.ts';

export type Cell = string | number | null;

/** A table of a report: shown in the page, and written for Markdown and LaTeX. */
export interface Table extends ReportTable {
  /** Of its files, and its label in LaTeX: small letters, digits and `-`. */
  readonly name: string;
  /** What must be read with it. */
  readonly note?: string;
}

/** What a cell shows; an en dash where there is nothing to say. */
export const cellText = (cell: Cell | undefined): string =>
  cell === null || cell === undefined ? '–' : typeof cell === 'number' ? String(cell) : cell;

/** Figures are set flush right: `12.3`, `85.7 ± 1.2`, `3 of 5`, `–`, but not `03`, which is a name. */
export const isFigure = (cell: Cell | undefined): boolean =>
  typeof cell !== 'string' || /^([-+−]?(0|[1-9]\d*)(\.\d+)?\b.*|–|)$/.test(cell);

/** Whether a column holds figures alone; the first one names its rows. */
export const isFigureColumn = ({ rows }: Pick<Table, 'rows'>, column: number): boolean =>
  column > 0 && rows.every((row) => isFigure(row[column]));

/** A name for files and labels, `taken` by no other. */
export function nameFor(title: string, taken: ReadonlySet<string>): string {
  const words = title
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const short = words.slice(0, 40).replace(/-+$/, '') || 'table';
  for (let number = 1; ; number++) {
    const name = number === 1 ? short : `${short}-${number}`;
    if (!taken.has(name)) return name;
  }
}
