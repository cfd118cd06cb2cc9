import type { SourceRange } from '../errors.ts';
import { type JsonObject, type Path, type SourceTree, placeOf } from '../spec/source-tree.ts';
import type { Json } from '../stage/index.ts';

/** A value of the pipeline that is set, as `--set` does. */
export interface Setting {
  readonly path: string;
  readonly value: Json;
  /** Where the sweep's file says so. */
  readonly place: SourceRange;
}

/** A mapping of paths to values. */
export function readSettings(written: JsonObject, tree: SourceTree, at: Path): readonly Setting[] {
  return Object.entries(written).map(([path, value]) => ({ path, value, place: placeOf(tree, [...at, path]) }));
}

/** The text that `--set` takes: JSON is YAML. */
export const overrideOf = ({ path, value }: Pick<Setting, 'path' | 'value'>): string =>
  `${path}=${JSON.stringify(value)}`;
