import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { differences } from '../../plan/differences.ts';
import { collectFindings } from '../../spec/findings.ts';
import { type Location, locate } from '../../spec/locate.ts';
import { applyOverrides } from '../../spec/overrides.ts';
import { parseYaml } from '../../spec/parse-yaml.ts';
import { type SourceTree, placeOf, valueAt } from '../../spec/source-tree.ts';
import type { FoundRun } from '../find-runs.ts';
import { recordFiles } from '../run-record.ts';

/** A value of the pipeline that is not the same in two runs; undefined where it is not written. */
export interface WrittenDifference {
  /** Such as `params.epochs`, or `stages.model.with.rate`. */
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
  /** In the record's `pipeline.yaml`, or in an override of `--set`. */
  readonly places: { readonly from: Location | undefined; readonly to: Location | undefined };
}

/** The pipeline of a run as it was written, with what `--set` changed; undefined where it cannot be parsed. */
export function writtenPipeline({ folder, record }: FoundRun): SourceTree | undefined {
  const file = join(folder, recordFiles.pipeline);
  const { tree } = parseYaml(file, readText(file));
  return tree && applyOverrides(tree, record.overrides, collectFindings());
}

export function writtenDifferences(
  from: SourceTree | undefined,
  to: SourceTree | undefined,
): readonly WrittenDifference[] {
  return differences(from?.value, to?.value).map((difference) => ({
    from: difference.from,
    to: difference.to,
    path: difference.path.join('.'),
    places: { from: placeIn(from, difference.path), to: placeIn(to, difference.path) },
  }));
}

function placeIn(tree: SourceTree | undefined, path: readonly string[]): Location | undefined {
  if (tree === undefined || valueAt(tree.value, path) === undefined) return undefined;
  return locate(placeOf(tree, path));
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
