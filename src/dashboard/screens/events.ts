import { formatMoment } from '../format.ts';
import type { EventTail } from '../event-tail.ts';
import { styledLine } from '../styled-line.ts';
import { type Frame, styles, symbols } from './theme.ts';

/** What happened last, oldest first; times are the run's own. */
export function eventRows({ lines }: EventTail, rows: number, { columns, colours }: Frame): string[] {
  if (rows <= 0) return [];
  return lines
    .slice(-rows)
    .map(({ seconds, kind, text }) =>
      styledLine(
        [[formatMoment(seconds).padStart(7), 'dim'], ' ', [symbols[kind], styles[kind]], ` ${text}`],
        columns,
        colours,
      ),
    );
}
