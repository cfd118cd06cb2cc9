import type { Json } from '../stage/index.ts';
import { child, isList, isObject, type JsonObject, type Path, type SourceTree } from './source-tree.ts';
import type { Axis, Binding, StageInfo } from './types.ts';

/** A stage while it is being checked. What is undefined is at fault, which has been told, and is left out of later checks. */
export interface StageDraft {
  readonly name: string;
  readonly path: Path;
  readonly uses: string | undefined;
  /** As written. Undefined when it is no mapping. */
  readonly with: JsonObject | undefined;
  /** As written: parameters by axis and value. */
  readonly vary?: JsonObject;
  /** As written: undefined when there are none. */
  readonly needsWritten: Json | undefined;
  readonly matrixWritten: Json | undefined;
  type: StageInfo | undefined;
  needs: Readonly<Record<string, Binding>> | undefined;
  matrix: Readonly<Record<string, Axis>> | undefined;
}

/** The stages of a file whose structure may have faults: whatever is of a wrong type is passed over. */
export function readStages(tree: SourceTree): readonly StageDraft[] {
  const stages = child(tree.value, 'stages');
  if (!isObject(stages)) return [];
  return Object.entries(stages).flatMap(([name, written]): readonly StageDraft[] => {
    if (!isObject(written)) return [];
    const parameters = child(written, 'with');
    const uses = child(written, 'uses');
    const vary = child(written, 'vary');
    return [
      {
        name,
        path: ['stages', name],
        uses: typeof uses === 'string' && uses !== '' ? uses : undefined,
        with: parameters === undefined ? {} : isObject(parameters) ? parameters : undefined,
        ...(isObject(vary) && { vary }),
        needsWritten: child(written, 'needs'),
        matrixWritten: child(written, 'matrix'),
        type: undefined,
        needs: undefined,
        matrix: undefined,
      },
    ];
  });
}

export function textList(value: Json | undefined): readonly string[] {
  return isList(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

/** The stages that must be done before: those that it needs, and those whose outputs its matrix is made of. */
export function stagesBefore(stage: StageDraft): readonly string[] {
  const needed = Object.values(stage.needs ?? {}).map((binding) => binding.stage);
  const spanned = Object.values(stage.matrix ?? {}).flatMap((axis) => (axis.kind === 'artifact' ? [axis.stage] : []));
  return [...new Set([...needed, ...spanned])];
}
