import { PipeError } from '../errors.ts';
import { readFolds } from '../plan/folds.ts';
import type { StageNode } from '../spec/types.ts';
import type { MatrixPoint } from '../stage/index.ts';
import type { Digest, Store } from '../store/types.ts';
import type { ListedFiles } from './list-files.ts';
import { recordedPoints } from './recorded-results.ts';
import type { RecordedRun } from './recorded-run.ts';

/** Files that are, by their bytes, of the run's own data, and not only tested on by the models that answer. */
export interface SeenFiles {
  readonly count: number;
  /** False where the run's folds are not here, as in one that was imported: then all files of its data count. */
  readonly certain: boolean;
}

/** What the run's stage was given at a point of its matrix: the parts of its fold that it uses were tested. */
export function seenFiles(
  files: ListedFiles['files'],
  tested: StageNode,
  models: readonly MatrixPoint[],
  run: RecordedRun,
  store: Store,
): SeenFiles {
  const ids = new Map<string, string>();
  for (const { id, files: digests } of run.facts.items.values()) {
    for (const digest of Object.values(digests)) ids.set(digest, id);
  }
  const found = files.flatMap(({ digests }) => digests.flatMap((digest) => ids.get(digest) ?? []).slice(0, 1));
  if (found.length === 0) return { count: 0, certain: true };
  const testedBy = testedItems(tested, run, store);
  if (testedBy === undefined) return { count: found.length, certain: false };
  return { count: found.filter((id) => models.some((point) => !testedBy(point).has(id))).length, certain: true };
}

/** The items on which the model at a point was tested; undefined where that is not known. */
function testedItems(
  { type: { parts }, needs }: StageNode,
  run: RecordedRun,
  store: Store,
): ((point: MatrixPoint) => ReadonlySet<string>) | undefined {
  const binding = parts && needs[parts.input];
  if (parts === undefined || binding === undefined) return undefined;
  const [split] = recordedPoints(binding.stage, run).made;
  const digest = split?.task.outputs[binding.output ?? ''];
  const folds = digest === undefined ? undefined : foldsAt(digest as Digest, store);
  if (folds === undefined) return undefined;
  return (point) => {
    const fold = folds.get(String(point[parts.axis]));
    const members = parts.use.flatMap((part) => fold?.parts[part] ?? []);
    return new Set(members.map((member) => (typeof member === 'string' ? member : member.id)));
  };
}

/** A split that is damaged or gone is no reason not to answer. */
function foldsAt(digest: Digest, store: Store): ReturnType<typeof readFolds> | undefined {
  try {
    return readFolds(digest, store);
  } catch (error) {
    if (error instanceof PipeError) return undefined;
    throw error;
  }
}
