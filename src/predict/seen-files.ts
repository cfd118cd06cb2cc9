import { PipeError } from '../errors.ts';
import { readFolds } from '../plan/folds.ts';
import type { StageNode } from '../spec/types.ts';
import type { MatrixPoint } from '../stage/index.ts';
import type { Digest, Store } from '../store/types.ts';
import type { ListedFiles } from './list-files.ts';
import { recordedPoints } from './recorded-results.ts';
import type { RecordedRun } from './recorded-run.ts';

/**
 * How many of the files, going by their bytes, some of the models were not tested on but made with: the run's own stage gave
 * them an item only where it was in the parts of its fold that it uses.
 */
export function seenFiles(
  files: ListedFiles['files'],
  tested: StageNode,
  models: readonly MatrixPoint[],
  run: RecordedRun,
  store: Store,
): number {
  const ids = new Map<string, string>();
  for (const { id, files: digests } of run.facts.items.values()) {
    for (const digest of Object.values(digests)) ids.set(digest, id);
  }
  const found = files.flatMap(({ digests }) => digests.flatMap((digest) => ids.get(digest) ?? []).slice(0, 1));
  if (found.length === 0) return 0;
  const testedBy = testedItems(tested, run, store);
  return found.filter((id) => models.some((point) => !testedBy(point).has(id))).length;
}

/** The items on which the model at a point was tested; none where that is not known. */
function testedItems(
  { type: { parts }, needs }: StageNode,
  run: RecordedRun,
  store: Store,
): (point: MatrixPoint) => ReadonlySet<string> {
  const nothing = new Set<string>();
  const binding = parts && needs[parts.input];
  if (binding === undefined) return () => nothing;
  const [split] = recordedPoints(binding.stage, run).made;
  const digest = split?.task.outputs[binding.output ?? ''];
  if (digest === undefined) return () => nothing;
  const folds = foldsAt(digest as Digest, store);
  return (point) => {
    const fold = folds.get(String(point[parts.axis]));
    const members = parts.use.flatMap((part) => fold?.parts[part] ?? []);
    return new Set(members.map((member) => (typeof member === 'string' ? member : member.id)));
  };
}

/** A split that is damaged is no reason not to answer. */
function foldsAt(digest: Digest, store: Store): ReturnType<typeof readFolds> {
  try {
    return readFolds(digest, store);
  } catch (error) {
    if (error instanceof PipeError) return new Map();
    throw error;
  }
}
