import { join } from 'node:path';
import { PipeError, exitCodes } from '../errors.ts';
import { type MetricDifference, metricDifferences } from '../experiment/difference/environment.ts';
import type { FoundRun } from '../experiment/find-runs.ts';
import { metricsOf } from '../experiment/metrics.ts';
import { newRunId } from '../experiment/run-id.ts';
import type { RecordedResult } from '../experiment/run-record.ts';
import type { Facts } from '../plan/facts.ts';
import type { RunEvent } from '../run/events.ts';
import { type RunOutcome, openWorkspace, runPipeline } from '../run/index.ts';
import { didYouMean } from '../spec/did-you-mean.ts';
import type { Pipeline } from '../spec/types.ts';
import { openStore } from '../store/index.ts';
import { type StageComparison, compareArtifacts } from './compare-artifacts.ts';
import { loadRecorded, readComplete, recordedTarget } from './load-recorded.ts';
import { type Scratch, openScratch } from './scratch.ts';
import { type FirstDivergence, firstDivergence } from './why.ts';

export type { Divergence, StageComparison, Verdict } from './compare-artifacts.ts';
export type { FirstDivergence } from './why.ts';

/** Largest relative difference of numbers that counts as rounding; what it is relative to, `closeness` says. */
export const usualTolerance = 1e-4;

export interface ReproduceOptions {
  /** The store of the run, where its artifacts may still be. */
  readonly artifacts: string;
  /** Absolute. Relative data folders begin here. */
  readonly workingFolder: string;
  /** Where data lie now; the recorded folders where not given. */
  readonly data: Readonly<Record<string, string>>;
  /** Computes all stages that use an engine; what computed them then where not given. */
  readonly engine?: string;
  /** Only this stage and what it needs. */
  readonly target?: string;
  readonly jobs: number;
  /** An empty folder for the store, kept afterwards; a temporary one, removed, where not given. */
  readonly keep?: string;
  readonly tolerance: number;
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
}

/** What became of a run that was executed again, from nothing. */
export interface Reproduction {
  /** The worst of its artifacts. */
  readonly verdict: 'equal' | 'within' | 'different';
  readonly tolerance: number;
  /** In the order of the graph. */
  readonly stages: readonly StageComparison[];
  readonly first: FirstDivergence | undefined;
  readonly metrics: readonly MetricDifference[];
  readonly seconds: number;
  /** The folder of the store, where it was kept. */
  readonly kept?: string;
}

/**
 * Executes a recorded run again with nothing but its data, and compares every artifact with the recorded one. Leaves
 * nothing behind but what is to be kept. Throws a PipeError: `run-not-complete`, `reproduction-failed`,
 * `reproduction-interrupted`, `folder-not-empty`, and all that a pipeline can be refused for.
 */
export async function reproduceRun(found: FoundRun, options: ReproduceOptions): Promise<Reproduction> {
  const facts = readComplete(found);
  const scratch = openScratch(options.keep);
  let keep = false;
  try {
    const reproduction = await reproduceIn(scratch, found, facts, options);
    keep = true;
    return { ...reproduction, ...(options.keep !== undefined && { kept: scratch.folder }) };
  } finally {
    scratch.end({ keep });
  }
}

async function reproduceIn(
  { folder }: Scratch,
  found: FoundRun,
  facts: Facts,
  options: ReproduceOptions,
): Promise<Omit<Reproduction, 'kept'>> {
  const { tolerance, signal } = options;
  const workspace = await openWorkspace(join(folder, 'artifacts'), { runId: newRunId() });
  try {
    const pipeline = await loadRecorded(found, facts, options, workspace);
    const target = chooseTarget(pipeline, facts, options.target);
    const results: RecordedResult[] = [];
    const failures: string[] = [];
    const outcome = await runPipeline(pipeline, workspace, {
      jobs: options.jobs,
      signal,
      ...(target !== undefined && { target }),
      why: () => 'made again',
      emit(event) {
        options.emit(event);
        if (event.type === 'result') results.push(event);
        if (event.type === 'task-failed' && !event.willRetry)
          failures.push(`[${event.failure.code}] ${event.failure.message}`);
      },
    });
    requireDone(outcome, failures);
    const recorded = await openStore(options.artifacts, { readOnly: true });
    try {
      const stores = { recorded, made: workspace.store };
      const stages = compareArtifacts(outcome.graph, facts, stores, tolerance);
      const metrics =
        target === undefined ? metricDifferences(found.record, { ...found.record, metrics: metricsOf(results) }) : [];
      const first = firstDivergence(stages, outcome.graph, facts, found.record);
      return { verdict: worst(stages), tolerance, stages, first, metrics, seconds: outcome.seconds };
    } finally {
      await recorded.close();
    }
  } finally {
    await workspace.store.close();
  }
}

function chooseTarget(pipeline: Pipeline, facts: Facts, wanted: string | undefined): string | undefined {
  if (wanted === undefined) return recordedTarget(pipeline, facts);
  if (facts.stages.has(wanted)) return wanted;
  throw new PipeError('unknown-stage', `The run has no stage '${wanted}'.`, {
    exitCode: exitCodes.usage,
    advice: didYouMean(wanted, facts.stages.keys(), 'stages'),
  });
}

function requireDone({ status, counts }: RunOutcome, failures: readonly string[]): void {
  if (status === 'done') return;
  if (status === 'interrupted') {
    throw new PipeError('reproduction-interrupted', 'Interrupted: nothing was compared, and nothing is left behind.', {
      exitCode: exitCodes.interrupted,
    });
  }
  throw new PipeError(
    'reproduction-failed',
    `The run cannot be made again: ${counts.failed} tasks failed. ${failures[0] ?? ''}`,
    {
      exitCode: exitCodes.taskFailed,
      advice: 'Nothing is left behind. `pipe show` tells of the recorded run; `pipe doctor` checks this machine.',
    },
  );
}

function worst(stages: readonly StageComparison[]): Reproduction['verdict'] {
  if (stages.some(({ different }) => different > 0)) return 'different';
  return stages.some(({ within }) => within > 0) ? 'within' : 'equal';
}
