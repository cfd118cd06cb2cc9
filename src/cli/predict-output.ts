import { type Predictions, pointText } from '../predict/index.ts';
import { csvLines } from '../report/tables/csv.ts';
import type { Judgement, MatrixPoint, NewDataAnswer } from '../stage/index.ts';
import { type Cell, renderTable } from './table.ts';
import type { Terminal } from './terminal.ts';

export const predictFormats = ['table', 'jsonl', 'csv'] as const;
export type PredictFormat = (typeof predictFormats)[number];

/** What a file is called where the user is. */
export type FileNames = (id: string) => string;

/** Prints answers to standard output, and what must be known to read them: in the data where a program reads it. */
export function printPredictions(
  predictions: Predictions,
  nameOf: FileNames,
  { format, segments }: { readonly format: PredictFormat; readonly segments: boolean },
  terminal: Terminal,
): void {
  const rows = rowsOf(predictions, nameOf, segments);
  if (format === 'jsonl') return printJsonLines(predictions, rows, nameOf, terminal);
  terminal.warn(terminal.colours.bold(headline(predictions)));
  for (const note of predictions.notes) terminal.warn(terminal.colours.yellow(`note: ${note}`));
  if (format === 'csv') terminal.print(csvText(predictions, rows, segments, nameOf));
  else if (rows.length > 0) terminal.print(tableText(predictions, rows, segments, terminal));
}

/** A file's answer, or that of one of its segments. */
interface Row {
  readonly file: string;
  readonly segments: number;
  /** Its number from 1, and its times in seconds. */
  readonly segment: { readonly number: number; readonly start: number | null; readonly end: number | null } | undefined;
  readonly judgement: Judgement;
}

function rowsOf({ predictions }: Predictions, nameOf: FileNames, segments: boolean): Row[] {
  return predictions.flatMap(({ id, answer }) => {
    const file = nameOf(id);
    const whole: Row = { file, segments: answer.segments.length, segment: undefined, judgement: answer };
    return segments ? [whole, ...segmentRows(file, answer)] : [whole];
  });
}

const segmentRows = (file: string, { segments }: NewDataAnswer): Row[] =>
  segments.map((segment, index) => ({
    file,
    segments: segments.length,
    segment: { number: index + 1, start: segment.start, end: segment.end },
    judgement: segment,
  }));

/** `demo/RUN, the mean of 15 models (5 fold x 3 seed), computed by wasm`. */
function headline({ run, models, engine }: Predictions): string {
  const [only] = models;
  const which =
    models.length === 1 && only !== undefined
      ? `the model${pointText(only) === '' ? '' : ` ${pointText(only)}`}`
      : `the mean of ${models.length} models (${axesText(models)})`;
  return `${run}: ${which}${engine === '' ? '' : `, computed by ${engine}`}`;
}

/** How many values each axis has. */
function axesText(models: readonly MatrixPoint[]): string {
  const axes = Object.keys(models[0] ?? {});
  return axes.map((axis) => `${new Set(models.map((point) => point[axis])).size} ${axis}`).join(' x ');
}

function tableText(
  { classes, models }: Predictions,
  rows: readonly Row[],
  segments: boolean,
  terminal: Terminal,
): string {
  const several = models.length > 1;
  const columns = [
    'file',
    ...(segments ? ['segment', 'start', 'end'] : []),
    'answer',
    ...classes,
    ...(several ? ['± SD', 'agree'] : []),
    'segments',
  ];
  const cells = rows.map(({ file, segment, judgement, segments: count }): Cell[] => [
    segment === undefined ? file : '',
    ...(segments ? [segment?.number ?? '', seconds(segment?.start), seconds(segment?.end)] : []),
    judgement.predicted,
    ...judgement.posteriors.map((posterior) => posterior.toFixed(4)),
    ...(several
      ? [deviationOfAnswer(judgement, classes)?.toFixed(4) ?? '', `${(100 * judgement.agreement).toFixed(0)} %`]
      : []),
    segment === undefined ? count : '',
  ]);
  const table = renderTable(columns, cells, terminal.colours.dim);
  if (!several) return table;
  const explained = "± SD: of the answer's posterior over the models. agree: models whose own answer it is.";
  return `${table}\n\n${terminal.colours.dim(explained)}`;
}

const seconds = (value: number | null | undefined): string => (typeof value === 'number' ? value.toFixed(2) : '');

function deviationOfAnswer({ predicted, deviations }: Judgement, classes: readonly string[]): number | undefined {
  return deviations?.[classes.indexOf(predicted)];
}

const csvColumns = [
  'file',
  'segment',
  'start',
  'end',
  'answer',
  'deviation',
  'agreement',
  'models',
  'segments',
  'error',
];

/** With line feeds alone; numbers as JavaScript writes them, which read back as the same ones. */
function csvText(
  { classes, models, faults }: Predictions,
  rows: readonly Row[],
  segments: boolean,
  nameOf: FileNames,
): string {
  // A class may be called what a column is called.
  const clash = classes.some((name) => csvColumns.includes(name));
  const named = classes.map((name) => (clash ? `posterior ${name}` : name));
  const times = segments ? ['segment', 'start', 'end'] : [];
  const header = ['file', ...times, 'answer', ...named, 'deviation', 'agreement', 'models', 'segments', 'error'];
  const lines = rows.map(({ file, segment, judgement, segments: count }) => [
    file,
    ...(segments ? [segment?.number, segment?.start, segment?.end] : []),
    judgement.predicted,
    ...judgement.posteriors,
    deviationOfAnswer(judgement, classes),
    judgement.agreement,
    models.length,
    segment === undefined ? count : undefined,
    undefined,
  ]);
  const faulty = faults.map(({ id, code }) => [nameOf(id), ...header.slice(2).map(() => undefined), code]);
  return csvLines(header, [...lines, ...faulty]).join('\n');
}

/** First a line about the run, then one for each answer, then one for each file that could not be used. */
function printJsonLines(
  { run, engine, classes, models, missing, notes, faults }: Predictions,
  rows: readonly Row[],
  nameOf: FileNames,
  { printJson }: Terminal,
): void {
  printJson({ type: 'run', run, engine, classes, models, missing, notes });
  const byClass = (values: readonly number[]): Readonly<Record<string, number>> =>
    Object.fromEntries(values.map((value, at) => [classes[at] ?? '', value]));
  for (const { file, segment, segments, judgement } of rows) {
    const { predicted, posteriors, deviations, agreement } = judgement;
    printJson({
      type: segment === undefined ? 'file' : 'segment',
      file,
      ...(segment === undefined ? { segments } : { segment: segment.number, start: segment.start, end: segment.end }),
      answer: predicted,
      posteriors: byClass(posteriors),
      deviations: deviations === null ? null : byClass(deviations),
      agreement,
    });
  }
  for (const { id, code, message, advice } of faults)
    printJson({ type: 'error', file: nameOf(id), code, message, advice });
}
