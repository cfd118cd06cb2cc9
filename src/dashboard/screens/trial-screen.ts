import { formatFigure } from '../format.ts';
import { type Piece, spread, styledLine } from '../styled-line.ts';
import type { FinalModel, TrialModel } from '../sweep-model.ts';
import { fit, textWidth, wrap } from '../text.ts';
import { rule } from './layout.ts';
import { type Frame, markOf } from './theme.ts';

/** A trial whose run is not followed: its parameters, what it came to at each point, and its rungs. */
export function trialBody(trial: TrialModel, frame: Frame): string[] {
  const { columns, colours } = frame;
  const { title, status, configuration, record, objective } = trial;
  const [symbol, style] = markOf(status);
  const state: Piece[] = [[`${symbol} ${status}`, style]];
  const parameters = Object.entries(configuration);
  const width = Math.max(0, ...parameters.map(([path]) => textWidth(path)));
  const line = (pieces: readonly Piece[]) => styledLine(pieces, columns, colours);
  return [
    spread([[`trial ${title}`, 'bold']], [state], columns, colours),
    rule('parameters', frame),
    ...parameters.map(([path, value]) => line([[fit(path, width), 'dim'], `  ${textOf(value)}`])),
    rule(`objective ${objective === null ? 'none' : formatFigure(objective)}`, frame),
    ...(record?.replicates ?? []).map(({ point, value }) =>
      line([[`${pointText(point)}  `, 'dim'], value === null ? 'none' : formatFigure(value)]),
    ),
    ...(record?.rungs ?? []).map(({ epochs, objective: then }) =>
      line([[`after ${epochs} epochs  `, 'dim'], then === null ? 'none' : formatFigure(then)]),
    ),
    ...(record?.run === undefined ? [] : [line([['run  ', 'dim'], record.run])]),
    ...(record?.error === undefined ? [] : wrap(`error[${record.error.code}]: ${record.error.message}`, columns)),
  ];
}

/** A final run that is not followed: its results. */
export function finalBody({ title, status, headline }: FinalModel, frame: Frame): string[] {
  const { columns, colours } = frame;
  const [symbol, style] = markOf(status);
  const state: Piece[] = [[`${symbol} ${status}`, style]];
  return [
    spread([[title, 'bold']], [state], columns, colours),
    rule('test data', frame),
    ...headline.map((line) => styledLine([line], columns, colours)),
  ];
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const pointText = (point: Readonly<Record<string, unknown>>): string =>
  Object.entries(point)
    .map(([axis, value]) => `${axis}=${String(value)}`)
    .join(' ') || 'all';
