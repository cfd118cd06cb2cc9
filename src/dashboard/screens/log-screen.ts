import { epochsPerSecond, secondsLeft, type TaskModel } from '../task-model.ts';
import { formatClock, formatFigure, formatLeft, formatRate, figureWords } from '../format.ts';
import { type Piece, spread, styledLine } from '../styled-line.ts';
import { sparkline } from '../sparkline.ts';
import { harmless } from '../harmless.ts';
import { fit, textWidth, wrap } from '../text.ts';
import { rule } from './layout.ts';
import { epochText } from './task-rows.ts';
import { type Frame, styles, symbols } from './theme.ts';

/** One task: why it ran, its curves, what it said and why it failed. `scroll` counts rows up from the end. */
export function logBody(task: TaskModel, scroll: number, frame: Frame): string[] {
  const { columns, rows, colours } = frame;
  const seconds = ((task.endedAt ?? frame.now) - task.startedAt) / 1000;
  const state: Piece[] = [[`${symbols[task.status]} ${task.status}`, styles[task.status]], ` ${formatClock(seconds)}`];
  const head = spread([[task.title, 'bold']], [state], columns, colours);
  const facts = factRows(task, frame).slice(0, Math.max(0, Math.floor((rows - 3) / 2)));
  const room = Math.max(0, rows - 3 - facts.length);
  const lines = logLines(task, columns);
  const hidden = Math.min(scroll, Math.max(0, lines.length - room));
  const shown = lines.slice(Math.max(0, lines.length - room - hidden), lines.length - hidden);
  const title = hidden > 0 ? `log (${hidden} more below)` : 'log';
  return [head, ...facts, rule(title, frame), ...shown.map((line) => styledLine([line], columns, colours))];
}

/** Rows that a log could be scrolled up. */
export function scrollRange(task: TaskModel, frame: Frame): number {
  const facts = Math.min(factRows(task, frame).length, Math.floor((frame.rows - 3) / 2));
  return Math.max(0, logLines(task, frame.columns).length - Math.max(1, frame.rows - 3 - facts));
}

function factRows(task: TaskModel, frame: Frame): string[] {
  const { columns, colours, now } = frame;
  const rate = epochsPerSecond(task);
  const left = task.status === 'running' ? secondsLeft(task, now) : undefined;
  const epochs = epochText(task.figures).trim();
  const facts = [
    `why: ${task.why}`,
    task.attempt > 1 ? `attempt ${task.attempt}` : '',
    [
      epochs === '' ? '' : `epoch ${epochs.replace(/^epoch /, '').replace('/', ' of ')}`,
      rate === undefined ? '' : formatRate(rate),
      left === undefined ? '' : `about ${formatLeft(left)} left`,
    ]
      .filter((part) => part !== '')
      .join(', '),
  ].filter((fact) => fact !== '');
  const error =
    task.failure && styledLine([[`error[${task.failure.code}]: ${firstLine(task)}`, 'red']], columns, colours);
  return [
    ...(error === undefined ? [] : [error]),
    ...facts.map((fact) => styledLine([[fact, 'dim']], columns, colours)),
    ...curveRows(task, frame),
  ];
}

const firstLine = ({ failure }: TaskModel): string => harmless(failure?.message.split('\n')[0] ?? '');

function curveRows({ curves, figures }: TaskModel, { columns, colours }: Frame): string[] {
  const names = [...curves.values()].map(({ name }) => figureWords(name));
  const width = Math.max(0, ...names.map(textWidth));
  return [...curves.values()].map(({ name, values }) => {
    const head = `${fit(figureWords(name), width)} ${formatFigure(figures[name] ?? NaN).padStart(6)} `;
    const finite = values.filter(Number.isFinite);
    const range = ` ${formatFigure(Math.min(...finite))} to ${formatFigure(Math.max(...finite))}`;
    const cells = columns - textWidth(head) - textWidth(range);
    return styledLine([head, [sparkline(values, Math.max(1, cells)), 'cyan'], [range, 'dim']], columns, colours);
  });
}

function logLines({ log, lostLines, failure }: TaskModel, columns: number): string[] {
  const lines = [
    ...(lostLines > 0 ? [`(${lostLines} earlier lines are not kept)`] : []),
    ...log,
    ...(failure === undefined ? [] : failureLines(failure)),
  ];
  return lines.length === 0 ? ['(nothing yet)'] : lines.flatMap((line) => wrap(line, columns));
}

function failureLines({ code, message, advice, file, detail }: NonNullable<TaskModel['failure']>): string[] {
  return [
    `error[${code}]: ${message}`,
    ...(file === undefined ? [] : [`file: ${file}`]),
    ...(advice === undefined ? [] : [`help: ${advice}`]),
    ...(detail === undefined || detail.trim() === '' ? [] : ['', detail.trimEnd()]),
  ];
}
