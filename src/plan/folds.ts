import { PipeError, exitCodes } from '../errors.ts';
import type { FoldEntry, Json } from '../stage/index.ts';
import type { Digest, Store } from '../store/types.ts';

const parsed = new Map<Digest, Json>();

/** A JSON artifact, read and checked once. */
export function readJson(digest: Digest, store: Store): Json {
  const known = parsed.get(digest);
  if (known !== undefined) return known;
  const bytes = store.read(digest);
  if (bytes === undefined) {
    throw new PipeError('damaged-artifact', `The artifact ${digest} is damaged or gone.`, {
      exitCode: exitCodes.storeIntegrity,
      advice: 'Run again: it was set aside and is made anew.',
    });
  }
  const value = JSON.parse(new TextDecoder().decode(bytes)) as Json;
  parsed.set(digest, value);
  return value;
}

const folds = new Map<Digest, ReadonlyMap<string, FoldEntry>>();

/** The folds of a split by name. */
export function readFolds(digest: Digest, store: Store): ReadonlyMap<string, FoldEntry> {
  const known = folds.get(digest);
  if (known !== undefined) return known;
  const entries = readJson(digest, store) as unknown as readonly FoldEntry[];
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  folds.set(digest, byName);
  return byName;
}
