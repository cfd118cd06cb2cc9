import { didYouMean } from './did-you-mean.ts';
import type { Findings } from './findings.ts';
import { engineNames } from './pipeline-structure.ts';
import { child, keyPlaceOf, valueAt, type SourceTree } from './source-tree.ts';
import type { StageDraft } from './stage-draft.ts';

/** An engine given to a stage that uses none would be believed to matter, and so would its threads. */
export function checkEngine(stage: StageDraft, tree: SourceTree, findings: Findings): void {
  if (!stage.type || stage.type.engine) return;
  const message = `\`${stage.type.name}\` uses no engine.`;
  for (const key of ['engine', 'threads']) {
    if (child(valueAt(tree.value, stage.path), key) === undefined) continue;
    findings.add('engine-not-used', keyPlaceOf(tree, [...stage.path, key]), message, `Remove \`${key}\` here.`);
  }
}

export function checkEngineOverride(engine: string | undefined, findings: Findings): void {
  const names: readonly string[] = engineNames;
  if (engine === undefined || names.includes(engine)) return;
  findings.add('unknown-engine', undefined, `There is no engine \`${engine}\`.`, didYouMean(engine, names, 'engines'));
}
