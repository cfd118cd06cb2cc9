import type { DrawnFigure } from './html/parts.ts';
import type { Table } from './tables/table.ts';

/** Everything that a report is made of, before it is written. */
export interface ReportContent {
  /** What it is of, as a folder may be called: `demo-20261122-184846-c53124d2`. */
  readonly name: string;
  /** The page as HTML. */
  readonly page: string;
  readonly figures: readonly DrawnFigure[];
  readonly tables: readonly Table[];
  /** Other texts by file name. */
  readonly files: Readonly<Record<string, string>>;
}
