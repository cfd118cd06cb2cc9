import { dirname, join } from 'node:path';
import { PipeError, exitCodes } from '../errors.ts';
import { type FoundRun, requireUnchanged } from '../experiment/find-runs.ts';
import { readFacts, readFailures } from '../experiment/read-runs.ts';
import { recordFiles } from '../experiment/run-record.ts';
import { type Facts, indexFacts } from '../plan/facts.ts';
import type { Workspace } from '../run/workspace.ts';
import { loadPipeline, specError } from '../spec/index.ts';
import type { Pipeline, StageNode } from '../spec/types.ts';

/** What a run must have recorded to be executed again. Throws a PipeError: `run-not-complete`, `damaged-record`. */
export function readComplete(found: FoundRun): Facts {
  const { folder, record } = found;
  const facts = record.status === 'done' ? indexFacts(readFacts(folder)) : undefined;
  requireUnchanged(found);
  if (facts !== undefined && facts.tasks.size > 0) return facts;
  const [failure] = readFailures(folder);
  const state = { running: 'is still on', interrupted: 'was interrupted', failed: 'failed', done: 'recorded no task' };
  const reason = failure === undefined ? '' : ` (${failure.title}: [${failure.code}])`;
  throw new PipeError(
    'run-not-complete',
    `The run ${record.pipeline}/${record.run} ${state[record.status]}${reason}: there are no complete results to compare with.`,
    {
      exitCode: exitCodes.usage,
      advice: `Name a run that is done: pipe ls --where status=done`,
    },
  );
}

/**
 * The pipeline of a run as it was recorded: its text and overrides, on the recorded data folders where no others are given, with
 * the engines that computed it where no other is. Paths in it begin where its file lay. Throws a PipeError for what does not
 * fit the stage types that are here now.
 */
export async function loadRecorded(
  { folder, record }: FoundRun,
  facts: Facts,
  options: {
    readonly data: Readonly<Record<string, string>>;
    readonly engine?: string;
    readonly workingFolder: string;
  },
  { types, store }: Workspace,
): Promise<Pipeline> {
  const file = join(folder, recordFiles.pipeline);
  const loaded = await loadPipeline(
    file,
    {
      overrides: record.overrides,
      data: { ...record.data, ...options.data },
      environment: {},
      workingFolder: options.workingFolder,
      folder: dirname(record.spec),
      memory: store,
      ...(options.engine !== undefined && { engine: options.engine }),
    },
    types,
  );
  if ('diagnostics' in loaded) throw specError(file, loaded.diagnostics);
  const { pipeline } = loaded;
  if (options.engine !== undefined) return pipeline;
  return { ...pipeline, stages: pipeline.stages.map((node) => ({ ...node, engine: recordedEngine(node, facts) })) };
}

/** What `auto` and `--engine` chose then. */
function recordedEngine({ name, engine }: StageNode, { stages }: Facts): string {
  const recorded = stages.get(name)?.engine;
  if (recorded === undefined) return engine;
  // Older records have one text.
  return typeof recorded === 'string' ? (recorded.split(' ')[0] ?? engine) : recorded.name;
}

/** The stage that a run was limited to by `--target`: of the recorded ones, the one that no other needs. */
export function recordedTarget({ stages }: Pipeline, facts: Facts): string | undefined {
  const recorded = stages.filter(({ name }) => facts.stages.has(name));
  if (recorded.length === stages.length) return undefined;
  const needed = new Set(recorded.flatMap(({ needs }) => Object.values(needs).map(({ stage }) => stage)));
  for (const { matrix } of recorded)
    for (const axis of Object.values(matrix)) if (axis.kind === 'artifact') needed.add(axis.stage);
  const last = recorded.filter(({ name }) => !needed.has(name));
  return last.length === 1 ? last[0]?.name : undefined;
}
