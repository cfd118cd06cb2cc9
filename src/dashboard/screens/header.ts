import { type TimeLeft, runLeft } from '../estimate.ts';
import { formatClock, formatLeft, formatMemory } from '../format.ts';
import type { Memory } from '../memory.ts';
import { type ModelStatus, type RunModel, secondsInto } from '../run-model.ts';
import { type Piece, spread, styledLine } from '../styled-line.ts';
import { type Frame, type State, styles, symbols } from './theme.ts';

/** What is known of a run beside its events. */
export interface Surroundings {
  readonly memory: Memory | undefined;
  /** It was asked to stop. */
  readonly stopping: boolean;
  /** What is wrong with the record that is followed. */
  readonly trouble: string | undefined;
}

/** One row, or two where there is room: what runs, since when and how long still; the engine, tasks and memory. */
export function runHeader(
  model: RunModel,
  surroundings: Surroundings,
  { rows, title }: { readonly rows: number; readonly title: string | undefined },
  frame: Frame,
): string[] {
  const { columns, colours } = frame;
  const name: Piece[] = [[title ?? model.pipeline, 'bold'], columns < 60 ? '' : [`  run ${model.run}`, 'dim']];
  const left =
    model.status === 'running' && !model.paused && !surroundings.stopping ? leftNow(model, frame.now) : undefined;
  const seconds = secondsInto(model, model.endedAt ?? frame.now);
  const head = headLine(name, [statusOf(model, surroundings.stopping), seconds, left], frame);
  return rows < 2 ? [head] : [head, styledLine([[factsText(model, surroundings), 'dim']], columns, colours)];
}

const known = new WeakMap<RunModel, { readonly second: number; readonly left: TimeLeft | undefined }>();

/** Estimated once a second: it looks at every live task. */
function leftNow(model: RunModel, now: number): TimeLeft | undefined {
  const second = Math.floor(now / 1000);
  const before = known.get(model);
  if (before?.second === second) return before.left;
  const left = runLeft(model, now);
  known.set(model, { second, left });
  return left;
}

/** A name, and on the right what state it is in; without the time left, and without any time, where the line is short. */
export function headLine(
  name: readonly Piece[],
  [[state, word], seconds, left]: readonly [readonly [State, string], number, TimeLeft | undefined],
  { columns, colours }: Frame,
): string {
  const status: Piece = [`${symbols[state]} ${word}`, styles[state]];
  const since = ` ${formatClock(seconds)}`;
  const rest = left === undefined ? '' : `, ${left.isLeast ? 'more than ' : 'about '}${formatLeft(left.seconds)} left`;
  return spread(name, [[status, `${since}${rest}`], [status, since], [status]], columns, colours);
}

/** The state of a run or sweep, with its symbol. */
export function statusOf(
  { status, paused }: { readonly status: ModelStatus; readonly paused: boolean },
  stopping: boolean,
): readonly [State, string] {
  if (status !== 'running') return [status === 'interrupted' ? 'warning' : status, status];
  if (stopping) return ['warning', 'stopping'];
  return paused ? ['paused', 'paused'] : ['running', 'running'];
}

function factsText(model: RunModel, { memory, trouble }: Surroundings): string {
  if (trouble !== undefined) return trouble;
  const engines = [...new Set([...model.stages.values()].flatMap(({ engine }) => engine ?? []))];
  const facts = [
    engines.length > 0 ? `engine ${engines.join(', ')}` : '',
    model.live.size > 0 ? `${model.live.size} running` : '',
    memory === undefined ? '' : `memory ${formatMemory(memory.used)} of ${formatMemory(memory.total)}`,
  ];
  return facts.filter((fact) => fact !== '').join(' · ');
}
