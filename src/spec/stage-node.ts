import { withCommandCode } from './check-command.ts';
import { commandType } from './command-stage-info.ts';
import { originOf } from './origin.ts';
import type { LoadOptions } from './load-pipeline.ts';
import { child, valueAt, type JsonObject, type SourceTree } from './source-tree.ts';
import type { StageDraft } from './stage-draft.ts';
import type { StageParams } from './stage-params.ts';
import type { StageNode } from './types.ts';
import { variantsOf } from './vary.ts';

/** A stage whose checks have all passed. */
export function stageNode(
  stage: StageDraft,
  parameters: StageParams | undefined,
  tree: SourceTree,
  pipelineFolder: string,
  { engine: engineOverride, auto = 'auto' }: Pick<LoadOptions, 'engine' | 'auto'>,
): StageNode | undefined {
  const { name, type, needs, matrix } = stage;
  if (!type || !needs || !matrix || !parameters) return undefined;
  const written = valueAt(tree.value, stage.path);
  const [ownEngine, threads, timeout, retries, isolate] = ['engine', 'threads', 'timeout', 'retries', 'isolate'].map(
    (key) => child(written, key),
  );
  const engine = engineOverride ?? (typeof ownEngine === 'string' ? ownEngine : 'auto');
  return {
    name,
    type,
    needs,
    matrix,
    varies: variesOf(stage),
    engine: engine === 'auto' ? auto : engine,
    threads: typeof threads === 'number' ? threads : 1,
    ...(typeof timeout === 'number' ? { timeoutSeconds: timeout } : {}),
    retries: typeof retries === 'number' ? retries : 0,
    isolate: type.isolate || isolate === 'process',
    params: (point) =>
      type.name === commandType ? withCommandCode(parameters.at(point), pipelineFolder) : parameters.at(point),
    place: (path) => originOf(tree, [...stage.path, ...path]),
  };
}

function variesOf(stage: StageDraft): StageNode['varies'] {
  const varies: Record<string, Record<string, JsonObject>> = {};
  for (const { axis, value, params } of variantsOf(stage)) varies[axis] = { ...varies[axis], [value]: params };
  return varies;
}
