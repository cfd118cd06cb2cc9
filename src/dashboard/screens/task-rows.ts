import { formatClock, formatFigure, formatLeft, figureWords } from '../format.ts';
import { type Piece, spread, widthOf } from '../styled-line.ts';
import { sparkline } from '../sparkline.ts';
import { type TaskModel, secondsLeft } from '../task-model.ts';
import { cut, fit, textWidth } from '../text.ts';
import { type Frame, styles, symbols } from './theme.ts';

/** The part of a list that is shown: `rows` entries with the selected one among them. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** Scrolls only as far as the selection asks. */
export function windowOf(length: number, selected: number, rows: number): Window {
  const start = Math.max(0, Math.min(selected - Math.floor(rows / 2), length - rows));
  return { start, end: Math.min(length, start + Math.max(0, rows)) };
}

/** Tasks, one a row: what they are at, their figures with curves, and how long they will take. */
export function taskRows(tasks: readonly TaskModel[], selected: TaskModel | undefined, frame: Frame): string[] {
  const widest = Math.max(0, ...tasks.map(({ title }) => textWidth(title)));
  const titleWidth = Math.min(widest, Math.max(18, Math.floor(frame.columns * 0.35)));
  return tasks.map((task) => {
    const right = rightPieces(task, frame);
    const left = leftPieces(task, task === selected, titleWidth, frame.columns - widthOf(right) - 2);
    return spread(left, [right], frame.columns, frame.colours);
  });
}

function leftPieces(task: TaskModel, isSelected: boolean, titleWidth: number, width: number): Piece[] {
  const { status, figures, failure, attempt } = task;
  const shownTitle = fit(shortTitle(task, titleWidth), titleWidth);
  const head: Piece[] = [
    isSelected ? ['❯', 'bold'] : ' ',
    [symbols[status], styles[status]],
    ' ',
    isSelected ? [shownTitle, 'bold'] : shownTitle,
  ];
  if (failure !== undefined && status === 'failed')
    return [...head, [`  ${failure.message.split('\n')[0] ?? ''}`, 'red']];
  const epochs = epochText(figures);
  if (epochs !== '') head.push(`  ${epochs}`);
  if (attempt > 1) head.push([`  attempt ${attempt}`, 'yellow']);
  const curves = [...task.curves.values()].slice(0, 2);
  const room = width - widthOf(head) - curves.reduce((sum, { name }) => sum + textWidth(label(name, figures)) + 3, 0);
  const cells = curves.length === 0 ? 0 : Math.min(24, Math.floor(room / curves.length));
  for (const { name, values } of curves) {
    head.push(`  ${label(name, figures)}`);
    if (cells >= 3) head.push(' ', [sparkline(values, cells).padEnd(cells), 'cyan']);
  }
  return head;
}

/** `a… fold=03 seed=1`: what tells tasks of a stage apart is worth more than the stage's name. */
function shortTitle({ title, stage }: TaskModel, width: number): string {
  const start = title.indexOf(`${stage} `);
  const excess = textWidth(title) - width;
  if (start < 0 || excess <= 0) return title;
  const name = cut(stage, Math.max(1, textWidth(stage) - excess - 1));
  return `${title.slice(0, start)}${name}…${title.slice(start + stage.length)}`;
}

/** `loss 0.834` */
const label = (name: string, figures: Readonly<Record<string, number>>): string =>
  `${shortWords(name)} ${formatFigure(figures[name] ?? NaN).padStart(5)}`;

const shortWords = (name: string): string => figureWords(name).replace('development', 'dev');

function rightPieces(task: TaskModel, { now, columns }: Frame): Piece[] {
  if (columns < 60) return [];
  if (task.status !== 'running') return [[formatClock(((task.endedAt ?? now) - task.startedAt) / 1000), 'dim']];
  const left = secondsLeft(task, now);
  const elapsed = formatClock((now - task.startedAt) / 1000);
  return [[left === undefined ? elapsed : `${formatLeft(left)} left`, 'dim']];
}

/** `12/40` */
export function epochText({ epoch, epochs }: Readonly<Record<string, number>>): string {
  if (epoch === undefined) return '';
  return epochs === undefined ? `epoch ${epoch}` : `${String(epoch).padStart(String(epochs).length)}/${epochs}`;
}
