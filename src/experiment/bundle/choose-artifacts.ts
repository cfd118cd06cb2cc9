import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { PipeError, exitCodes } from '../../errors.ts';
import type { TaskFact } from '../../plan/facts.ts';
import { titleOf } from '../../plan/task-title.ts';
import { enumerate } from '../../spec/did-you-mean.ts';
import type { Digest, Store } from '../../store/types.ts';
import type { RecordedResult } from '../run-record.ts';
import type { BundledArtifact } from './format.ts';

/** What of a run's artifacts can be asked for. */
export const artifactChoices = ['models', 'results', 'all'] as const;
export type ArtifactChoice = (typeof artifactChoices)[number];

export interface ChosenArtifacts {
  readonly artifacts: readonly BundledArtifact[];
  /** Stages none of whose artifacts are in the store, and that are left out: whether they gave models cannot be told. */
  readonly absent: readonly string[];
}

/**
 * The artifacts that are asked for: of stages that give tensors (`models`), of tasks that gave the run's results (`results`),
 * or of all tasks. Only the beginnings of files are read. Throws a PipeError (`artifact-gone`) that names what is not in the
 * store.
 */
export function chooseArtifacts(
  tasks: readonly TaskFact[],
  results: readonly RecordedResult[],
  choices: ReadonlySet<ArtifactChoice>,
  store: Store,
): ChosenArtifacts {
  const resultTasks = new Set(results.map(titleOf));
  const stages = new Map<string, BundledTask[]>();
  for (const fact of tasks) {
    const [stage = ''] = fact.task.split(' ');
    stages.set(stage, [...(stages.get(stage) ?? []), { fact, artifacts: artifactsOf(fact, store) }]);
  }
  const chosen: BundledArtifact[] = [];
  const absent: string[] = [];
  for (const [stage, own] of stages) {
    const found = own.flatMap(({ artifacts }) => artifacts).filter(({ size }) => size >= 0);
    const isModel = choices.has('models') && found.some(({ extension }) => extension === '.safetensors');
    if (found.length === 0 && choices.has('models') && !choices.has('all')) absent.push(stage);
    for (const { fact, artifacts } of own) {
      const isWanted = choices.has('all') || isModel || (choices.has('results') && resultTasks.has(fact.task));
      if (isWanted) chosen.push(...artifacts);
    }
  }
  const gone = chosen.filter(({ size }) => size < 0).map(({ task, output }) => `${task}: ${output}`);
  if (gone.length > 0) throw artifactGone(gone);
  return { artifacts: chosen, absent };
}

interface BundledTask {
  readonly fact: TaskFact;
  /** Of size -1 where they are gone. */
  readonly artifacts: readonly BundledArtifact[];
}

const artifactsOf = ({ task, key, outputs }: TaskFact, store: Store): readonly BundledArtifact[] =>
  Object.entries(outputs).map(([output, digest]) => {
    const { size, extension } = lookAt(digest, store) ?? { size: -1, extension: '' };
    return { task, key, output, sha256: digest, size, extension };
  });

function artifactGone(gone: readonly string[]): PipeError {
  return new PipeError('artifact-gone', `${gone.length} artifacts are not in the store any more: ${enumerate(gone)}.`, {
    exitCode: exitCodes.storeIntegrity,
    advice:
      'Run the pipeline again: it makes them anew, and nothing else. Or ask for less by --with models or --with results.',
  });
}

/** Undefined where the file is not there. */
function lookAt(digest: string, store: Store): { readonly size: number; readonly extension: string } | undefined {
  const path = store.objectPath(digest as Digest);
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  return size === undefined ? undefined : { size, extension: extensionOf(path, size) };
}

/** The kind of an artifact by its first bytes; tasks do not record it. */
function extensionOf(path: string, size: number): string {
  const start = Buffer.alloc(16);
  const file = openSync(path, 'r');
  try {
    readSync(file, start, 0, start.length, 0);
  } finally {
    closeSync(file);
  }
  if (start.toString('latin1', 0, 6) === '\x93NUMPY') return '.npy';
  if (start.toString('latin1', 0, 4) === 'RIFF' && start.toString('latin1', 8, 12) === 'WAVE') return '.wav';
  const headerLength = start.readBigUInt64LE(0);
  if (headerLength > 1n && headerLength <= BigInt(size) - 8n && start[8] === 0x7b) return '.safetensors';
  return /^(?:[[{"\d-]|true|false|null)/.test(start.toString('latin1')) ? '.json' : '';
}
