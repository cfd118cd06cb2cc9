import { runLeft } from '../estimate.ts';
import { formatClock, formatLeft, formatMemory } from '../format.ts';
import type { Memory } from '../memory.ts';
import { type RunModel, secondsInto } from '../run-model.ts';
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
export function runHeader(model: RunModel, surroundings: Surroundings, rows: number, frame: Frame): string[] {
  const { columns, colours } = frame;
  const left: Piece[] = [
    [model.pipeline, 'bold'],
    [`  run ${model.run}`, 'dim'],
  ];
  const first = spread(left, statusPieces(model, surroundings, frame), columns, colours);
  // On a narrow screen the state matters more than the run's name.
  const head =
    columns < 60
      ? spread([[model.pipeline, 'bold']], statusPieces(model, surroundings, frame), columns, colours)
      : first;
  return rows < 2 ? [head] : [head, styledLine([[factsText(model, surroundings), 'dim']], columns, colours)];
}

export function statusPieces(model: RunModel, { stopping }: Surroundings, frame: Frame): Piece[] {
  const [state, word] = statusOf(model, stopping);
  const seconds = secondsInto(model, model.endedAt ?? frame.now);
  const left = model.status === 'running' && !model.paused && !stopping ? runLeft(model, frame.now) : undefined;
  const rest = left === undefined ? '' : `, ${left.isLeast ? 'more than ' : 'about '}${formatLeft(left.seconds)} left`;
  return [[`${symbols[state]} ${word}`, styles[state]], ` ${formatClock(seconds)}${rest}`];
}

function statusOf({ status, paused }: RunModel, stopping: boolean): readonly [State, string] {
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
