import { basename } from 'node:path';
import {
  type DataDifference,
  type FactDifference,
  type RunDifference,
  type WrittenDifference,
  diffRuns,
} from '../../experiment/difference/index.ts';
import { type FoundRun, openRun } from '../../experiment/find-runs.ts';
import { enumerate } from '../../spec/did-you-mean.ts';
import { overrideText } from '../../spec/source-tree.ts';
import { counted } from '../duration.ts';
import type { CommonOptions } from '../options.ts';
import { type Cell, renderTable } from '../table.ts';
import { type Terminal, createTerminal } from '../terminal.ts';
import { findWorkspace } from '../workspace.ts';

/** Longer values are cut. */
const widestValue = 40;

/** `pipe diff`: what differs between two recorded runs. */
export function diff(from: string, to: string, options: CommonOptions): number {
  const terminal = createTerminal(options);
  const { experiments } = findWorkspace(options.workspace);
  const [a, b] = [openRun(experiments, from), openRun(experiments, to)];
  const found = diffRuns(a, b);
  if (terminal.json) terminal.printJson({ from: nameOf(a), to: nameOf(b), ...found });
  else printDifference(a, b, found, terminal);
  return 0;
}

const nameOf = ({ record }: FoundRun): string => `${record.pipeline}/${record.run}`;

function printDifference(a: FoundRun, b: FoundRun, found: RunDifference, { print, colours }: Terminal): void {
  const { parameters, made, packages, environment, metrics, onlyFrom, onlyTo, sameResults } = found;
  print(`${colours.dim('from')} ${nameOf(a)}${stateOf(a)}\n${colours.dim('to')}   ${nameOf(b)}${stateOf(b)}`);
  const section = (title: string, text: string) => print(`\n${colours.bold(title)}\n${text}`);
  const table = (columns: readonly string[], rows: readonly (readonly Cell[])[], none: string) =>
    rows.length === 0 ? none : renderTable(columns, rows, colours.dim);
  const facts = (rows: readonly FactDifference[]) =>
    table(
      ['', 'from', 'to'],
      rows.map(({ what, from, to }) => [what, from ?? null, to ?? null]),
      'the same',
    );
  section(
    'Parameters',
    table(
      ['', 'from', 'to', 'written in'],
      parameters.map((parameter) => [parameter.path, shown(parameter.from), shown(parameter.to), placeOf(parameter)]),
      'the same',
    ),
  );
  const unknown = 'not known: one of the runs did not come to its end';
  section(
    'Code',
    made === undefined ? unknown : [...codeLines(made), ...packageLines(packages)].join('\n') || 'the same',
  );
  section('Data', made === undefined ? unknown : made.data.map(dataLine).join('\n') || 'the same items');
  section('Environment', facts(environment));
  section(
    'Results',
    table(
      ['', 'from', 'to', 'difference'],
      metrics.map(({ what, from, to, difference }) => [what, from ?? null, to ?? null, difference ?? null]),
      'no headline figures',
    ) +
      onlyText('first', onlyFrom) +
      onlyText('second', onlyTo) +
      (sameResults === undefined ? '' : `\nAll results are ${sameResults ? 'equal, bit for bit' : 'not equal'}.`),
  );
}

const onlyText = (which: string, stages: readonly string[]): string =>
  stages.length === 0 ? '' : `\nOnly the ${which} has run ${enumerate(stages)}.`;

const stateOf = ({ record: { status } }: FoundRun): string => (status === 'done' ? '' : ` (${status})`);

const codeLines = ({ code, engines }: NonNullable<RunDifference['made']>): string[] => [
  ...code.map(({ uses, stages }) => `the code of ${uses} changed (stage ${enumerate(stages)})`),
  ...engines.map(({ stage, message }) => `${message} (stage ${stage})`),
];

const packageLines = (packages: readonly FactDifference[]): string[] =>
  packages.map(({ what, from, to }) => `${what}: ${from ?? 'none'} -> ${to ?? 'none'}`);

function dataLine({ stage, added, removed, changed, relabelled }: DataDifference): string {
  const parts = [
    part(added, 'added'),
    part(removed, 'removed'),
    part(changed, 'changed'),
    part(relabelled, 'with other columns'),
  ];
  return `${stage}: ${parts.filter((text) => text !== '').join('; ')}`;
}

const part = (ids: readonly string[], what: string): string =>
  ids.length === 0 ? '' : `${counted(ids.length, 'item')} ${what} (${enumerate(ids)})`;

function shown(value: unknown): Cell {
  if (value === undefined) return null;
  if (typeof value === 'number') return value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > widestValue ? `${text.slice(0, widestValue - 1)}…` : text;
}

/** Where the second run says it; else the first. */
function placeOf(parameter: RunDifference['parameters'][number]): string {
  if (!isWritten(parameter)) return 'the default of the stage type';
  const { from, to } = parameter.places;
  const place = to ?? from;
  if (place === undefined) return '';
  const isOverride = overrideText(place.file) !== undefined;
  const text = isOverride ? place.file : `${basename(place.file)}:${place.line}:${place.column}`;
  return to === undefined ? `${text} (from)` : text;
}

const isWritten = (parameter: RunDifference['parameters'][number]): parameter is WrittenDifference =>
  'places' in parameter;
