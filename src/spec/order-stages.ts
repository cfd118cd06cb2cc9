import type { Findings } from './findings.ts';
import { keyPlaceOf, type SourceTree } from './source-tree.ts';
import { stagesBefore, type StageDraft } from './stage-draft.ts';

/** Every stage after those that it needs, else as in the file. Undefined, and told, where stages need each other. */
export function orderStages(
  stages: ReadonlyMap<string, StageDraft>,
  tree: SourceTree,
  findings: Findings,
): readonly StageDraft[] | undefined {
  const ordered = new Set<StageDraft>();
  const chain: StageDraft[] = [];
  let isSound = true;
  // Not recursive: a chain of stages may be long.
  for (const first of stages.values()) {
    const waiting: { readonly stage: StageDraft; readonly before: string[] }[] = [];
    const enter = (stage: StageDraft): void => {
      chain.push(stage);
      waiting.push({ stage, before: [...stagesBefore(stage)] });
    };
    if (!ordered.has(first)) enter(first);
    for (let top = waiting.at(-1); top; top = waiting.at(-1)) {
      const name = top.before.shift();
      const next = name === undefined ? undefined : stages.get(name);
      if (next && chain.includes(next)) {
        isSound = false;
        tellCycle(chain.slice(chain.indexOf(next)), tree, findings);
      } else if (next && !ordered.has(next)) {
        enter(next);
      } else if (name === undefined) {
        ordered.add(top.stage);
        chain.pop();
        waiting.pop();
      }
    }
  }
  return isSound ? [...ordered] : undefined;
}

function tellCycle(cycle: readonly StageDraft[], tree: SourceTree, findings: Findings): void {
  const names = cycle.map((stage) => stage.name);
  const [first] = cycle;
  if (!first) return;
  const path = [...first.path, first.needsWritten === undefined ? 'matrix' : 'needs'];
  const message =
    names.length === 1
      ? `\`${names[0]}\` needs itself.`
      : `These stages need each other: ${[...names, names[0]].join(' -> ')}.`;
  findings.add('stage-cycle', keyPlaceOf(tree, path), message, 'Take one of these `needs` away.');
}
