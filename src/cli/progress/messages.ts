import { relative } from 'node:path';
import { cwd } from 'node:process';
import type { RunEvent } from '../../run/events.ts';
import { counted, formatCount, formatSeconds } from '../duration.ts';
import type { Colours } from '../terminal.ts';
import { titleOf } from '../../plan/task-title.ts';
import type { StageModel } from '../../dashboard/run-model.ts';

/** Lines that stay on the screen whatever display shows the rest: failures, damage, what a stage says. */
export function messageOf(event: RunEvent, colours: Colours): string | undefined {
  switch (event.type) {
    case 'task-failed': {
      const { task, failure, attempt, willRetry } = event;
      const again = willRetry ? ` (attempt ${attempt}; tried again)` : '';
      const head = `${colours.red(`error[${failure.code}]`)}: ${titleOf(task)}: ${failure.message}${again}`;
      const { file, advice } = failure;
      const place =
        file === undefined || failure.message.includes(file) ? '' : `\n  ${colours.cyan('file')}: ${fromHere(file)}`;
      return `${head}${place}${advice === undefined ? '' : `\n  ${colours.cyan('help')}: ${advice}`}`;
    }
    case 'task-log':
      // Of stages with many tasks the logs are in the record.
      if (event.task.item !== undefined || Object.keys(event.task.point).length > 0) return undefined;
      return colours.dim(`${titleOf(event.task)}: ${event.message}`);
    case 'waiting-for-run':
      return colours.yellow(`${titleOf(event.task)}: another run (${event.run}) is at it; waiting for its result`);
    case 'damage-found': {
      const { what, path, detail } = event.damage;
      return colours.yellow(`damage found in the store: ${what} ${path}: ${detail}; set aside and made again`);
    }
    case 'run-paused':
      return colours.yellow('Paused: running tasks go on, nothing new is begun.');
    case 'run-resumed':
      return colours.yellow('Resumed.');
    case 'run-started':
    case 'stage-planned':
    case 'task-cached':
    case 'task-started':
    case 'task-progress':
    case 'task-done':
    case 'task-skipped':
    case 'result':
    case 'run-ended':
      return undefined;
  }
}

/** A path as the person in this folder would write it. */
function fromHere(file: string): string {
  const path = relative(cwd(), file);
  return path.startsWith('..') ? file : path;
}

/** `80 tasks: 79 cached, 1 done`. */
export function stageCounts({ kind, tasks, cached, done, failed, skipped }: StageModel): string {
  if (kind === 'source') return counted(tasks, 'item');
  const counts = Object.entries({ cached, done, failed, skipped }).filter(([, count]) => count > 0);
  return `${counted(tasks, 'task')}: ${counts.map(([name, count]) => `${formatCount(count)} ${name}`).join(', ')}`;
}

/** The line that a run ends with. */
export function endLine(
  { status, counts, seconds }: Extract<RunEvent, { type: 'run-ended' }>,
  colours: Colours,
): string {
  const { cached, done, failed, skipped } = counts;
  const took = formatSeconds(seconds);
  const rest = `${formatCount(done)} done, ${formatCount(cached)} cached${failed > 0 ? `, ${formatCount(failed)} failed` : ''}${skipped > 0 ? `, ${formatCount(skipped)} skipped` : ''}`;
  switch (status) {
    case 'done':
      if (done === 0)
        return colours.green(
          `Nothing to do: ${cached === 1 ? 'the task is' : `all ${formatCount(cached)} tasks are`} up to date (${took}).`,
        );
      return colours.green(`Done in ${took}: ${rest}.`);
    case 'failed':
      return colours.red(`Failed after ${took}: ${rest}.`);
    case 'interrupted':
      return colours.yellow(`Interrupted after ${took}: ${rest}. The next run goes on from here.`);
  }
}
