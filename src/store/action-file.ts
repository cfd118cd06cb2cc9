import { readFileSync } from 'node:fs';
import { fieldsOf, openText, sealText } from './checked-text.ts';
import { codeOf } from './fs-errors.ts';
import { isHash } from './layout.ts';
import type { ActionKey, ActionResult, Digest, StoredOutput } from './types.ts';

/** The text of `actions/ab/<key>`. */
export function encodeAction(key: ActionKey, { outputs, seconds }: ActionResult): string {
  return sealText({ key, outputs, seconds });
}

/** Undefined when there is none; `damaged` when the file is not the one that was written for this key. */
export function readAction(path: string, key: ActionKey): ActionResult | 'damaged' | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'EISDIR' || code === 'EIO') return 'damaged';
    throw error;
  }
  const { key: recorded, outputs, seconds } = fieldsOf(openText(text));
  if (recorded !== key || typeof seconds !== 'number' || typeof outputs !== 'object' || outputs === null)
    return 'damaged';
  const entries: (readonly [string, StoredOutput])[] = [];
  for (const [name, output] of Object.entries(outputs)) {
    const { digest, size } = fieldsOf(output);
    if (!isDigest(digest) || typeof size !== 'number') return 'damaged';
    entries.push([name, { digest, size }]);
  }
  return { outputs: Object.fromEntries(entries), seconds };
}

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && isHash(value);
}
