import type { StageNode } from '../spec/types.ts';
import { settingsByFold } from './final-run.ts';
import type { Configuration, Space } from './search/index.ts';
import type { Chosen } from './sweep-record.ts';
import type { SweepSpec } from './sweep-spec.ts';
import type { TrialPipelines } from './trial-pipelines.ts';

/**
 * Throws as the final run would (`nested-choice`), which comes when all is trained: as though each configuration were chosen for a
 * fold.
 *
 * @param configurations that are known before any result
 */
export async function requireFoldsCanDiffer(
  sweep: SweepSpec,
  parts: readonly { readonly each: string | undefined; readonly trained: StageNode }[],
  configurations: readonly Configuration[],
  pipelines: TrialPipelines,
): Promise<void> {
  const differing = covering(sweep.space, configurations);
  for (const { each, trained } of parts) {
    const chosen = differing.map((configuration, index): Chosen => ({
      ...(each !== undefined && { each }),
      search: '',
      trial: index + 1,
      fold: String(index),
      configuration,
      objective: 0,
    }));
    const [first] = chosen;
    if (first) await settingsByFold(first, chosen, trained, trained.type.parts?.axis ?? '', { sweep, pipelines });
  }
}

/**
 * The first configurations that have each value of each choice, and two values of each range; without a parameter is a value of it
 * too. In the order of a grid the first parameter keeps its value for long.
 */
export function covering(space: Space, configurations: readonly Configuration[]): readonly Configuration[] {
  const seen = new Map(space.map(({ path }) => [path, new Set<string>()]));
  return configurations.filter((configuration) => {
    const fresh = space.filter(({ path, kind }) => {
      const values = seen.get(path);
      const text = JSON.stringify({ value: configuration[path] });
      if (values === undefined || values.has(text) || (kind === 'range' && values.size > 2)) return false;
      values.add(text);
      return true;
    });
    return fresh.length > 0;
  });
}
