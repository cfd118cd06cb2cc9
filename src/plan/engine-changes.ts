import { canonicalJson } from '../canonical-json.ts';
import type { EngineIdentity } from './key.ts';

/**
 * What changed in an engine, each under the key of the stage that it belongs to.
 *
 * @param before a text in older records
 */
export function engineChanges(
  before: EngineIdentity | string | undefined,
  now: EngineIdentity | undefined,
): [key: string, message: string][] {
  if (canonicalJson(before) === canonicalJson(now)) return [];
  if (typeof before === 'string' || before?.name !== now?.name || before === undefined || now === undefined) {
    const was = typeof before === 'string' ? before : before?.name;
    return [['engine', `engine: ${was ?? 'none'} -> ${now?.name ?? 'none'}`]];
  }
  const changes: [string, string][] = [];
  if (before.library !== now.library) {
    changes.push(['engine', `engine ${now.name}: ${before.library ?? 'none'} -> ${now.library ?? 'none'}`]);
  }
  if (before.threads !== now.threads) changes.push(['threads', `threads: ${before.threads} -> ${now.threads}`]);
  if (before.code !== now.code) changes.push(['engine', `the code of the engine ${now.name} changed`]);
  return changes;
}
