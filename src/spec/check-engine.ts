import { didYouMean } from './did-you-mean.ts';
import type { Findings } from './findings.ts';
import { engineNames } from './pipeline-structure.ts';
import { child, keyPlaceOf, valueAt, type SourceTree } from './source-tree.ts';
import type { StageDraft } from './stage-draft.ts';

/** An engine given to a stage that uses none would be believed to matter. */
export function checkEngine(stage: StageDraft, tree: SourceTree, findings: Findings): void {
  if (!stage.type || stage.type.engine || child(valueAt(tree.value, stage.path), 'engine') === undefined) return;
  const message = `\`${stage.type.name}\` uses no engine.`;
  findings.add('engine-not-used', keyPlaceOf(tree, [...stage.path, 'engine']), message, 'Remove `engine` here.');
}

export function checkEngineOverride(engine: string | undefined, findings: Findings): void {
  const names: readonly string[] = engineNames;
  if (engine === undefined || names.includes(engine)) return;
  findings.add('unknown-engine', undefined, `There is no engine \`${engine}\`.`, didYouMean(engine, names, 'engines'));
}
