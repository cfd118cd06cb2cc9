import { rmSync } from 'node:fs';
import { PipeError, exitCodes } from '../errors.ts';
import { encodeAction } from './action-file.ts';
import { guarded } from './fs-errors.ts';
import { type Layout, actionFile, isHash, objectFile } from './layout.ts';
import { type ActionEntry, type LookupContext, entryName } from './lookup.ts';
import { moveInto, writeInto } from './move-into.ts';
import { setAside } from './set-aside.ts';
import { type Stamp, stampOf } from './stamp.ts';
import type { ActionKey, ActionResult, Digest, ProducedFile, StoredOutput } from './types.ts';

/**
 * Moves what a task made to its place, and then says so: objects first, the action's file last, each by one rename. A process
 * killed in between leaves objects that nothing names, never a name without its object.
 */
export function commit(
  key: ActionKey,
  produced: Readonly<Record<string, ProducedFile>>,
  seconds: number,
  context: LookupContext & { readonly aside: string },
): ActionResult {
  const { layout, index, damages } = context;
  const files = Object.entries(produced);
  for (const [, { path, digest }] of files) {
    moveInto(layout, path, objectFile(layout, digest));
    damages.healed('object', digest);
  }
  const outputs: Record<string, StoredOutput> = {};
  // The stamps after all renames: two outputs of the same bytes lie in one place.
  const entries = files.map(([name, { digest, size, path }]): readonly [string, Digest, Stamp] => {
    const stamp = stampOf(objectFile(layout, digest));
    if (typeof stamp !== 'object' || stamp[0] !== size) {
      setAside(layout, objectFile(layout, digest));
      throw changedOutput(name, path);
    }
    outputs[name] = { digest, size };
    return [name, digest, stamp];
  });
  const result: ActionResult = { outputs, seconds };
  const path = actionFile(layout, key);
  writeInto(layout, context.aside, path, encodeAction(key, result));
  damages.healed('action', key);
  const stamp = stampOf(path);
  if (typeof stamp === 'object') index.put(entryName(key), [seconds, stamp, entries] satisfies ActionEntry);
  removeCheckpoint(layout, key);
  return result;
}

/** What a run had left to do that was killed within `commit`, going by a lease that it held. */
export function finishCommit(layout: Layout, lease: string): void {
  const key = lease as ActionKey;
  if (isHash(lease) && stampOf(actionFile(layout, key)) !== undefined) removeCheckpoint(layout, key);
}

function removeCheckpoint(layout: Layout, key: ActionKey): void {
  const path = `${layout.checkpoints}/${key}`;
  if (stampOf(path) !== undefined) guarded(path, () => rmSync(path, { recursive: true, force: true }));
}

function changedOutput(name: string, path: string): PipeError {
  return new PipeError(
    'output-changed',
    `The output '${name}' is not what its task said: ${path} changed after it was hashed.`,
    {
      exitCode: exitCodes.taskFailed,
      advice: 'A stage or command must end all it started before it ends.',
    },
  );
}
