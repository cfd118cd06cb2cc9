import { shortNames } from '../../sweep/search/space.ts';
import type { TimeLeft } from '../estimate.ts';
import { formatFigure, formatMemory } from '../format.ts';
import { type Piece, styledLine } from '../styled-line.ts';
import { type FinalModel, type SweepModel, type TrialModel, secondsIntoSweep } from '../sweep-model.ts';
import type { TaskModel } from '../task-model.ts';
import { fit, textWidth } from '../text.ts';
import { eventRows } from './events.ts';
import { type Surroundings, headLine, statusOf } from './header.ts';
import { layOut, rule } from './layout.ts';
import { tasksOf } from './run-screen.ts';
import { taskRows, windowOf } from './task-rows.ts';
import { type Frame, markOf } from './theme.ts';

export type TrialOrder = 'newest' | 'best';

/** What is listed: final runs, then the trials. */
export function rowsOf(model: SweepModel, order: TrialOrder): readonly (TrialModel | FinalModel)[] {
  return [...[...model.finals.values()].reverse(), ...trialsOf(model, order)];
}

function trialsOf({ trials, objective }: SweepModel, order: TrialOrder): readonly TrialModel[] {
  const newest = [...trials.values()].reverse();
  if (order === 'newest') return newest;
  const sign = objective?.direction === 'minimise' ? 1 : -1;
  const rank = (trial: TrialModel) => (trial.objective === null ? Infinity : sign * trial.objective);
  return newest.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
}

/** Header, best trial, trainings, table of trials and events: everything but the footer. */
export function sweepBody(
  model: SweepModel,
  { selected, order }: { readonly selected: string | undefined; readonly order: TrialOrder },
  surroundings: Surroundings,
  frame: Frame,
): string[] {
  const { rows, columns, colours } = frame;
  const listed = rowsOf(model, order);
  const trainings = liveTrainings(model);
  const layout = layOut(rows, { overview: 1 + trainings.length, list: 1 + listed.length });
  const place = Math.max(
    0,
    listed.findIndex(({ title }) => title === selected),
  );
  const tableRows = Math.max(0, layout.list - 1);
  const { start, end } = windowOf(listed.length, place, tableRows);
  const shown = listed.slice(start, end);
  const table = trialTable(shown, listed[place], model, frame);
  const more = end - start < listed.length ? ` (${start + 1}-${end} shown)` : '';
  return [
    ...sweepHeader(model, surroundings, layout.header, frame),
    styledLine(bestPieces(model), columns, colours),
    ...taskRows(trainings.slice(0, Math.max(0, layout.overview - 1)), undefined, frame),
    ...(layout.rules ? [rule(`trials, ${order} first${more}`, frame)] : []),
    ...table.slice(0, layout.list),
    ...Array.from({ length: Math.max(0, layout.list - table.length) }, () => ''),
    ...(layout.rules && layout.events > 0 ? [rule('events', frame)] : []),
    ...eventRows(model.tail, layout.events, frame),
  ];
}

function sweepHeader(model: SweepModel, surroundings: Surroundings, rows: number, frame: Frame): string[] {
  const { columns, colours, now } = frame;
  const seconds = secondsIntoSweep(model, model.endedAt ?? now);
  const left = model.status === 'running' && !model.paused ? sweepLeft(model, seconds) : undefined;
  const name: Piece[] = [[model.sweep, 'bold'], columns < 60 ? '' : [`  sweep ${model.id}`, 'dim']];
  const head = headLine(name, [statusOf(model, surroundings.stopping), seconds, left], frame);
  return rows < 2 ? [head] : [head, styledLine([[factsText(model, surroundings), 'dim']], columns, colours)];
}

/** When trials go on to take as long as those before them; undefined when none is to come, as of the final run nothing is known. */
function sweepLeft({ trials, finals, budget }: SweepModel, seconds: number): TimeLeft | undefined {
  const over = [...trials.values()].filter(({ status }) => status !== 'running').length;
  if (budget === undefined || over === 0 || over >= budget) return undefined;
  if ([...finals.values()].some(({ status }) => status === 'running')) return undefined;
  return { seconds: ((budget - over) * seconds) / over, isLeast: false };
}

function factsText(model: SweepModel, { memory, trouble }: Surroundings): string {
  if (trouble !== undefined) return trouble;
  const all = [...model.trials.values()];
  const over = all.filter(({ status }) => status !== 'running').length;
  const failed = all.filter(({ status }) => status === 'failed').length;
  const facts = [
    `${over}${model.budget === undefined ? '' : ` of ${model.budget}`} trials${failed > 0 ? `, ${failed} failed` : ''}`,
    model.strategy,
    memory === undefined ? '' : `memory ${formatMemory(memory.used)} of ${formatMemory(memory.total)}`,
    model.objective === undefined ? '' : `${model.objective.direction} ${model.objective.text}`,
  ];
  return facts.filter((fact) => fact !== '').join(' · ');
}

/** Of a sweep that failed: why. */
function bestPieces(model: SweepModel): Piece[] {
  const { best, trials, error } = model;
  if (error !== undefined) return [[`error[${error.code}]: ${error.message.split('\n')[0] ?? ''}`, 'red']];
  const trial = best === undefined ? undefined : trials.get(best);
  if (trial === undefined) return [['best so far: none yet', 'dim']];
  return [
    'best so far: ',
    [`trial ${trial.title}  ${objectiveText(trial)}`, 'green'],
    `  ${settingsText(trial, parameterNames(model))}`,
  ];
}

/** Live tasks of all trials and of the final run; a training's title begins with its trial. */
function liveTrainings({ trials, finals }: SweepModel): TaskModel[] {
  const rows = [
    ...[...trials.values()].map(({ title, run, status }) => ({ title: `#${title}`, run, status })),
    ...finals.values(),
  ];
  const runs = rows.flatMap(({ title, run, status }) =>
    run === undefined || status !== 'running' ? [] : [{ title, run }],
  );
  const tasks = runs.flatMap(({ title, run }) =>
    tasksOf(run).flatMap((task) => (task.status === 'running' ? [{ ...task, title: `${title} ${task.title}` }] : [])),
  );
  return tasks.sort((a, b) => Number(b.curves.size > 0) - Number(a.curves.size > 0));
}

function trialTable(
  shown: readonly (TrialModel | FinalModel)[],
  selected: TrialModel | FinalModel | undefined,
  model: SweepModel,
  { columns, colours }: Frame,
): string[] {
  const hasRungs = [...model.trials.values()].some(({ epochs }) => epochs !== undefined);
  const titleWidth = Math.min(Math.max(5, ...shown.map(({ title }) => textWidth(title))), Math.floor(columns / 3));
  const names = parameterNames(model);
  const head = `    ${fit('trial', titleWidth)} objective${hasRungs ? '  epochs' : ''}  parameters`;
  const rows = shown.map((row) => {
    const isSelected = row === selected;
    const isBest = row.title === model.best;
    const text = fit(row.title, titleWidth);
    const { figure, epochs, words, style } = columnsOf(row, names);
    return styledLine(
      [
        isSelected ? ['❯', 'bold'] : ' ',
        markOf(row.status),
        isBest ? ['*', 'green'] : ' ',
        isSelected ? [` ${text}`, 'bold'] : ` ${text}`,
        isBest ? [` ${figure.padStart(9)}`, 'green'] : ` ${figure.padStart(9)}`,
        hasRungs ? `  ${epochs.padStart(6)}` : '',
        [`  ${words}`, style],
      ],
      columns,
      colours,
    );
  });
  return [styledLine([[head, 'dim']], columns, colours), ...rows];
}

/** Of a final run, whose results are of test data, no objective. */
function columnsOf(
  row: TrialModel | FinalModel,
  names: ReadonlyMap<string, string>,
): {
  figure: string;
  epochs: string;
  words: string;
  style: 'dim' | 'red';
} {
  if ('headline' in row) return { figure: '', epochs: '', words: row.headline.join(', '), style: 'dim' };
  const error = row.record?.error?.message;
  const common = { figure: objectiveText(row), epochs: String(row.epochs ?? '') };
  return error === undefined
    ? { ...common, words: settingsText(row, names), style: 'dim' }
    : { ...common, words: error, style: 'red' };
}

const objectiveText = ({ objective }: TrialModel): string => (objective === null ? '-' : objective.toFixed(4));

/** Short names of the parameters of all trials, by path. */
export function parameterNames({ trials }: SweepModel): ReadonlyMap<string, string> {
  const paths = new Set<string>();
  for (const { configuration } of trials.values()) for (const path of Object.keys(configuration)) paths.add(path);
  const names = shortNames([...paths]);
  return new Map(Array.from(paths, (path, index) => [path, names[index] ?? path]));
}

/** `depth=4 rate=0.001` */
export function settingsText({ configuration }: TrialModel, names: ReadonlyMap<string, string>): string {
  return Object.entries(configuration)
    .map(([path, value]) => {
      const shown =
        typeof value === 'number' ? formatFigure(value) : typeof value === 'string' ? value : JSON.stringify(value);
      return `${names.get(path) ?? path}=${shown}`;
    })
    .join(' ');
}
