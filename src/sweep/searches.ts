import type { SourceTree } from '../spec/source-tree.ts';
import { child, isObject } from '../spec/source-tree.ts';
import { parseYaml } from '../spec/parse-yaml.ts';
import type { Pipeline } from '../spec/types.ts';
import type { Setting } from './settings.ts';
import type { SweepSpec } from './sweep-spec.ts';

/** A series of trials of which each may be proposed from the results of those before it. */
export interface Search {
  /** '' where the sweep has one. */
  readonly name: string;
  readonly each: string | undefined;
  /** With nested choice: the one fold whose results it sees. */
  readonly fold: string | undefined;
  readonly settings: readonly Setting[];
  /** Further overrides. */
  readonly overrides: readonly string[];
}

/**
 * The searches of a sweep: one for each part of `each`. Where proposals depend on results, nested choice has one for each
 * fold, which is given no other fold's results: fold i's configuration is found without its test data.
 *
 * @param foldsOf the folds of each part, and the override that leaves only one of them
 */
export function searchesOf(sweep: SweepSpec, foldsOf: (each: string | undefined) => FoldAxis): readonly Search[] {
  return sweep.each.flatMap(({ name: each, settings }) => {
    const search: Search = { name: each ?? '', each, fold: undefined, settings, overrides: [] };
    if (!searchesByFold(sweep)) return [search];
    const folds = foldsOf(each);
    return folds.names.map((fold): Search => {
      const name = [each, `${folds.axis}=${fold}`].filter((part) => part !== undefined).join(' ');
      return { ...search, name, fold, overrides: [folds.restrictTo(fold)] };
    });
  });
}

/** Grids and random searches have the same trials whatever their results are. */
export const searchesByFold = ({ choice, strategy }: SweepSpec): boolean =>
  choice === 'nested' && (strategy.kind === 'tpe' || strategy.kind === 'halving');

export interface FoldAxis {
  readonly axis: string;
  readonly names: readonly string[];
  restrictTo(fold: string): string;
}

/** @param names of all folds */
export function foldAxis(stage: string, axis: string, names: readonly string[], pipeline: Pipeline): FoldAxis {
  const { tree } = parseYaml(pipeline.file, pipeline.text);
  const home = tree === undefined ? stage : homeOf(axis, stage, tree);
  return { axis, names, restrictTo: (fold) => `stages.${home}.matrix.${axis}=${JSON.stringify([fold])}` };
}

/** The stage in whose matrix the axis is written: `same-as` is followed. */
function homeOf(axis: string, stage: string, tree: SourceTree): string {
  const matrix = child(child(child(tree.value, 'stages'), stage), 'matrix');
  const named = isObject(matrix) ? matrix[axis] : matrix;
  const other = typeof named === 'string' ? /^same-as (\S+)$/.exec(named)?.[1] : undefined;
  return other === undefined ? stage : homeOf(axis, other, tree);
}
