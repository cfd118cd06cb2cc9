import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodes } from '../../errors.ts';
import { newRunId } from '../../experiment/index.ts';
import { type CodeCache, openCodeCache } from '../../plan/code-cache.ts';
import { type EngineCode, loadEngine } from '../../plan/engines.ts';
import { createExecutors } from '../../run/executors/index.ts';
import type { Executor } from '../../run/job.ts';
import { cancellable } from '../cancellable.ts';
import { formatSeconds } from '../duration.ts';
import { withPipeline } from '../open-pipeline.ts';
import type { CommonOptions } from '../options.ts';
import { renderTable } from '../table.ts';
import { type Terminal, createTerminal } from '../terminal.ts';
import { type BenchWork, pipelineWork, referenceWork } from './engine-bench-work.ts';
import { engineStatuses } from './engine-status.ts';

export interface EngineBenchOptions extends CommonOptions {
  readonly set: readonly string[];
  readonly data: readonly string[];
}

export interface Timing {
  readonly engine: string;
  readonly threads: number;
  readonly device: string;
  /** Median of a training step. */
  readonly seconds: number;
}

/**
 * `pipe engine bench`: times one training step on each engine that works here, each in a process of its own, with one
 * thread and with all cores: of a pipeline's own network, or of the reference sizes.
 */
export async function benchEngines(spec: string | undefined, options: EngineBenchOptions): Promise<number> {
  const terminal = createTerminal(options);
  const cancelled = {
    code: 'engine-bench-cancelled',
    message: 'The engines were not timed: interrupted.',
    advice: 'Nothing was changed.',
  };
  const scratch = mkdtempSync(join(tmpdir(), 'pipe-engine-bench-'));
  try {
    await cancellable(cancelled, async (signal) => {
      if (spec === undefined) {
        const cache = openCodeCache(join(scratch, 'code'));
        return bench(referenceWork(cache, scratch), cache, terminal, signal);
      }
      return withPipeline(spec, { ...options, force: [] }, { readOnly: true }, async ({ pipeline, workspace }) =>
        bench(await pipelineWork(pipeline, workspace, scratch), workspace.cache, terminal, signal),
      );
    });
    return exitCodes.done;
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function bench(work: BenchWork, cache: CodeCache, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const { json, print, printJson, warn, colours } = terminal;
  (json ? warn : print)(work.title);
  const executors = createExecutors({ workers: 1, runId: newRunId() });
  const timings: Timing[] = [];
  const statuses = await engineStatuses();
  try {
    for (const { name, state, device = '' } of statuses) {
      if (state !== 'works') continue;
      for (const threads of threadCounts(name, device)) {
        signal.throwIfAborted();
        const engine = await loadEngine(cache, name, threads);
        const seconds = await timeStep(work, engine, executors.processes, signal);
        signal.throwIfAborted();
        if (typeof seconds === 'string') warn(`${name}: ${seconds}`);
        else timings.push({ engine: name, threads, device, seconds });
      }
    }
  } finally {
    await executors.close();
  }
  const wasm = timings.find(({ engine }) => engine === 'wasm')?.seconds ?? NaN;
  if (json) for (const timing of timings) printJson({ ...timing, timesWasm: timing.seconds / wasm });
  else print(timingTable(timings, wasm, colours.dim));
  const advice = betterThanAuto(timings, statuses.find(({ auto }) => auto)?.name ?? 'wasm');
  if (advice !== undefined) (json ? warn : print)(advice);
}

/** What to write where another engine than that of `auto` is the fastest for this network, with one thread each. */
export function betterThanAuto(timings: readonly Timing[], auto: string): string | undefined {
  const [fastest] = timings.filter(({ threads }) => threads === 1).sort((a, b) => a.seconds - b.seconds);
  if (fastest === undefined || fastest.engine === auto) return undefined;
  const { engine } = fastest;
  return `${engine} is the fastest for this network, and \`auto\` takes ${auto}: give \`engine: ${engine}\`, or \`--engine ${engine}\`.`;
}

/** Only TensorFlow on a CPU computes one task in several threads. */
export const threadCounts = (name: string, device: string): number[] =>
  name === 'tensorflow' && device === 'CPU' ? [...new Set([1, availableParallelism()])] : [1];

/** Median seconds of a step, or why there is none. */
async function timeStep(
  work: BenchWork,
  engine: EngineCode,
  executor: Executor,
  signal: AbortSignal,
): Promise<number | string> {
  // A first look tells how many steps fill a second, so that what an epoch costs beside its steps does not count much.
  const first = await work.time(engine, 1, executor, signal);
  if (typeof first === 'string' || first > 1) return first;
  return work.time(engine, Math.min(20, Math.ceil(1 / first)), executor, signal);
}

function timingTable(timings: readonly Timing[], wasm: number, bold: (text: string) => string): string {
  const rows = timings.map(({ engine, threads, device, seconds }) => [
    engine,
    device,
    threads,
    seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : formatSeconds(seconds),
    Number((seconds / wasm).toFixed(2)),
  ]);
  return renderTable(['engine', 'device', 'threads', 'a step', 'x wasm'], rows, bold);
}
