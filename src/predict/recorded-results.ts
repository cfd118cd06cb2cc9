import { existsSync } from 'node:fs';
import { PipeError, exitCodes } from '../errors.ts';
import { commandAgain } from '../experiment/command-again.ts';
import type { TaskFact } from '../plan/facts.ts';
import { titleOf } from '../plan/task-title.ts';
import type { GivenResults } from '../spec/types.ts';
import type { MatrixPoint } from '../stage/index.ts';
import type { Digest, Store, StoredOutput } from '../store/types.ts';
import type { RecordedRun } from './recorded-run.ts';

/** The points of a stage in a recorded run, apart by whether it has results there. */
export interface RecordedPoints {
  readonly made: readonly { readonly point: MatrixPoint; readonly task: TaskFact }[];
  /** Where the task failed, or was not run. */
  readonly missing: readonly MatrixPoint[];
}

export function recordedPoints(stage: string, { facts }: RecordedRun): RecordedPoints {
  const made: { point: MatrixPoint; task: TaskFact }[] = [];
  const missing: MatrixPoint[] = [];
  for (const { point } of facts.stages.get(stage)?.points ?? []) {
    const task = facts.tasks.get(titleOf({ stage, point }));
    if (task === undefined) missing.push(point);
    else made.push({ point, task });
  }
  return { made, missing };
}

/**
 * Recorded results as they can be given to a pipeline; every byte of them is read and checked. Throws a PipeError:
 * `damaged-artifact`, `missing-artifact`.
 */
export function giveRecorded(
  stage: string,
  made: RecordedPoints['made'],
  run: RecordedRun,
  store: Store,
): GivenResults {
  const points = made.map(({ point, task }) => ({
    point,
    outputs: Object.fromEntries(
      Object.entries(task.outputs).map(([name, digest]) => [
        name,
        checked(`${name} of ${task.task}`, digest as Digest, run, store),
      ]),
    ),
  }));
  return { stage, points };
}

function checked(what: string, digest: Digest, run: RecordedRun, store: Store): StoredOutput {
  const path = store.objectPath(digest);
  const isThere = existsSync(path);
  const bytes = store.read(digest);
  if (bytes !== undefined) return { digest, size: bytes.length };
  const [code, fate] = isThere ? ['damaged-artifact', 'is damaged'] : ['missing-artifact', 'is not in the store'];
  throw new PipeError(code, `The artifact ${what} ${fate}: ${path}`, {
    exitCode: exitCodes.storeIntegrity,
    advice: `\`${commandAgain(run)}\` makes it anew, and nothing else that is there. Or leave it out with --model.`,
  });
}
