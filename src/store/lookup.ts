import type { Artifacts } from './artifacts.ts';
import { readAction } from './action-file.ts';
import type { DamageList } from './damage-list.ts';
import { guarded } from './fs-errors.ts';
import { type Layout, actionFile, objectFile } from './layout.ts';
import type { Index } from './open-index.ts';
import { setAside } from './set-aside.ts';
import { type Stamp, hasStamp, isStamp, stampOf } from './stamp.ts';
import type { ActionKey, ActionResult, Digest, StoredOutput } from './types.ts';

export interface LookupContext {
  readonly layout: Layout;
  readonly index: Index;
  readonly artifacts: Artifacts;
  readonly damages: DamageList;
}

/** What the index holds of an action: enough to say from stamps alone that all of it is as it was. */
export type ActionEntry = readonly [
  seconds: number,
  action: Stamp,
  outputs: readonly (readonly [name: string, digest: Digest, object: Stamp])[],
];

export const entryName = (key: ActionKey): string => `action:${key}`;

/** The recorded result of an action, when all its files are what was recorded. */
export function lookup(key: ActionKey, context: LookupContext): ActionResult | undefined {
  const { layout, index } = context;
  const entry = index.get(entryName(key));
  const known = isEntry(entry) ? entry : undefined;
  const path = actionFile(layout, key);
  return guarded(path, () => {
    if (
      known &&
      hasStamp(path, known[1]) &&
      known[2].every(([, digest, stamp]) => hasStamp(objectFile(layout, digest), stamp))
    ) {
      return resultOf(known);
    }
    return lookAgain(key, path, known, context);
  });
}

/** Reads the action's file and hashes what does not have the stamp that it had. */
function lookAgain(
  key: ActionKey,
  path: string,
  known: ActionEntry | undefined,
  context: LookupContext,
): ActionResult | undefined {
  const { layout, index, artifacts, damages } = context;
  const stamp = stampOf(path);
  if (stamp === undefined) return undefined;
  const result = stamp === 'other' ? 'damaged' : readAction(path, key);
  if (result === undefined) return undefined;
  if (result === 'damaged' || stamp === 'other') {
    damages.report({ what: 'action', name: key, path, detail: 'is not what was written' });
    setAside(layout, path, stamp);
    return undefined;
  }
  const outputs: (readonly [string, Digest, Stamp])[] = [];
  // An object that went with its action was taken by a `gc`.
  const isThere = (): boolean => stampOf(path) !== undefined;
  for (const [name, output] of Object.entries(result.outputs)) {
    const seen = known?.[2].find(([, digest]) => digest === output.digest)?.[2];
    const object = seen && hasStamp(objectFile(layout, output.digest), seen) ? seen : artifacts.check(output, isThere);
    if (object) outputs.push([name, output.digest, object]);
  }
  // All are checked first, so that one look-up finds all damage.
  if (outputs.length < Object.keys(result.outputs).length) return undefined;
  index.put(entryName(key), [result.seconds, stamp, outputs] satisfies ActionEntry);
  return result;
}

function resultOf([seconds, , outputs]: ActionEntry): ActionResult {
  const named: Record<string, StoredOutput> = {};
  for (const [name, digest, [size]] of outputs) named[name] = { digest, size };
  return { outputs: named, seconds };
}

/** Its checksum holds, so only its form could differ, between versions. */
function isEntry(value: unknown): value is ActionEntry {
  return (
    Array.isArray(value) &&
    value.length === 3 &&
    typeof value[0] === 'number' &&
    isStamp(value[1]) &&
    Array.isArray(value[2])
  );
}
