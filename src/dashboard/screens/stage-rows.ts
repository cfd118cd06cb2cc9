import { tasksPerSecond } from '../estimate.ts';
import { formatRate } from '../format.ts';
import { type StageModel, isComplete, settledCount } from '../run-model.ts';
import { type Piece, styledLine } from '../styled-line.ts';
import { fit, textWidth } from '../text.ts';
import { type Frame, type State, styles, symbols } from './theme.ts';

/**
 * The stages, one a row, in at most `rows` rows. Where there is no room for all, those that are complete or wait give way to those
 * that run or failed, and a row tells how many are not shown.
 */
export function stageRows(stages: readonly StageModel[], rows: number, frame: Frame): string[] {
  if (rows <= 0) return [];
  const shown = stages.length <= rows ? stages : mostTelling(stages, rows - 1);
  const nameWidth = Math.min(Math.max(5, ...shown.map(({ name }) => textWidth(name))), Math.floor(frame.columns / 3));
  const lines = shown.map((stage) => styledLine(stagePieces(stage, nameWidth, frame), frame.columns, frame.colours));
  if (shown.length === stages.length) return lines;
  const hidden = stages.filter((stage) => !shown.includes(stage));
  return [...lines, styledLine([['  ' + hiddenText(hidden), 'dim']], frame.columns, frame.colours)];
}

/** In the order of the pipeline. */
function mostTelling(stages: readonly StageModel[], count: number): readonly StageModel[] {
  const order: readonly State[] = ['failed', 'running', 'waiting', 'done'];
  const ranked = [...stages.entries()].sort(
    ([a, first], [b, second]) => order.indexOf(stateOf(first)) - order.indexOf(stateOf(second)) || a - b,
  );
  return ranked
    .slice(0, count)
    .sort(([a], [b]) => a - b)
    .map(([, stage]) => stage);
}

function hiddenText(hidden: readonly StageModel[]): string {
  const done = hidden.filter(isComplete).length;
  const parts = [done > 0 ? `${done} complete` : '', hidden.length > done ? `${hidden.length - done} waiting` : ''];
  return `… ${parts.filter((part) => part !== '').join(', ')}`;
}

export function stateOf(stage: StageModel): State {
  if (stage.failed > 0) return 'failed';
  if (isComplete(stage)) return 'done';
  return stage.running > 0 || settledCount(stage) > 0 ? 'running' : 'waiting';
}

/** `● scalogram ━━━━━─────  41/80  12 cached  2 running  27 done  12.1/s` */
export function stagePieces(stage: StageModel, nameWidth: number, { columns, now }: Frame): Piece[] {
  const { name, kind, tasks, cached, running, done, failed, skipped } = stage;
  const state = stateOf(stage);
  const head: Piece[] = [[symbols[state], styles[state]], ` ${fit(name, nameWidth)} `];
  if (kind === 'source') return [...head, `${tasks} items`];
  const cells = columns >= 100 ? 20 : columns >= 60 ? 12 : columns >= 40 ? 6 : 0;
  const filled = tasks === 0 ? cells : Math.floor((cells * settledCount(stage)) / tasks);
  const width = String(tasks).length;
  const rate = running > 0 ? tasksPerSecond(stage, now) : undefined;
  return [
    ...head,
    ['━'.repeat(filled), 'cyan'],
    ['─'.repeat(cells - filled), 'dim'],
    ` ${String(settledCount(stage)).padStart(width)}/${tasks}`,
    failed > 0 ? [` ${failed} failed`, 'red'] : '',
    running > 0 ? [` ${running} running`, 'yellow'] : '',
    cached > 0 ? [` ${cached} cached`, 'dim'] : '',
    done > 0 ? [` ${done} done`, 'green'] : '',
    skipped > 0 ? [` ${skipped} skipped`, 'dim'] : '',
    kind === 'map' && rate !== undefined ? [`  ${formatRate(rate)}`, 'dim'] : '',
  ];
}
