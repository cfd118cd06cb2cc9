import { basename } from 'node:path';
import { type RecorderOptions, newRunId, openRecorder } from '../experiment/index.ts';
import type { Graph } from '../plan/graph-types.ts';
import type { RunEvent } from '../run/events.ts';
import { type Crew, type Gate, type RunOutcome, type Workspace, runPipeline } from '../run/index.ts';
import type { JobFailure } from '../run/job.ts';
import type { Pipeline } from '../spec/types.ts';

/** Where the runs of a sweep take place. */
export interface RunPlace {
  readonly workspace: Workspace;
  readonly crew: Crew;
  /** The `experiments` folder. */
  readonly experiments: string;
  readonly signal: AbortSignal;
  readonly gate?: Gate;
}

export interface RecordedRun {
  readonly status: RunOutcome['status'];
  readonly graph: Graph;
  /** `PIPELINE/RUN`. */
  readonly run: string;
  readonly failures: readonly JobFailure[];
}

/** Runs a pipeline, or what one stage of it needs, as one of several runs of this process, and records it. */
export async function recordedRun(
  pipeline: Pipeline,
  place: RunPlace,
  options: RecorderOptions & {
    readonly run?: string;
    readonly target?: string;
    readonly emit: (event: RunEvent) => void;
  },
): Promise<RecordedRun> {
  const { workspace, crew, experiments, signal, gate } = place;
  const { run = newRunId(), target, emit } = options;
  const recorder = openRecorder(experiments, pipeline, run, options);
  const failures: JobFailure[] = [];
  let outcome: RunOutcome;
  try {
    outcome = await runPipeline(pipeline, workspace, {
      jobs: crew.jobs,
      crew,
      run,
      ...(target !== undefined && { target }),
      ...(gate && { gate }),
      signal: AbortSignal.any([signal, recorder.broken]),
      emit(event) {
        recorder.event(event);
        emit(event);
        if (event.type === 'task-failed' && !event.willRetry) failures.push(event.failure);
      },
    });
    if (recorder.broken.aborted) throw recorder.broken.reason;
  } catch (error) {
    // What ended the run says more than what became of its record.
    await recorder.close({ graph: undefined, error }).catch(() => undefined);
    throw error;
  }
  const { folder } = await recorder.close({ graph: outcome.graph });
  return { status: outcome.status, graph: outcome.graph, run: `${pipeline.name}/${basename(folder)}`, failures };
}
