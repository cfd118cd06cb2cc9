import { canonicalJson } from '../canonical-json.ts';

/** A value that is not the same in two trees; undefined where it is missing. */
export interface Difference {
  readonly path: readonly string[];
  readonly from: unknown;
  readonly to: unknown;
}

/** The leaves in which two trees of objects differ; a list is one leaf. */
export function differences(from: unknown, to: unknown, path: readonly string[] = []): Difference[] {
  if (canonicalJson(from) === canonicalJson(to)) return [];
  if (!isTree(from) || !isTree(to)) return [{ path, from, to }];
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return keys.flatMap((key) => differences(from[key], to[key], [...path, key]));
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
