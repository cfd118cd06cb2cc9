import type { MatrixPoint } from '../stage/index.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Findings } from './findings.ts';
import { isObject, keyPlaceOf, type JsonObject, type Path, type SourceTree } from './source-tree.ts';
import type { StageDraft } from './stage-draft.ts';

/** Parameters that a stage has where one of its axes has a certain value. */
export interface Variant {
  readonly axis: string;
  readonly value: string;
  readonly params: JsonObject;
  readonly path: Path;
}

export function variantsOf({ vary = {}, path }: StageDraft): readonly Variant[] {
  return Object.entries(vary).flatMap(([axis, values]) =>
    Object.entries(isObject(values) ? values : {}).flatMap(([value, params]) =>
      isObject(params) ? [{ axis, value, params, path: [...path, 'vary', axis, value] }] : [],
    ),
  );
}

/** Those that hold at a point, in the order in which each takes the place of what was before. */
export function variantsAt(stage: StageDraft, point: MatrixPoint | undefined): readonly Variant[] {
  return variantsOf(stage).filter(({ axis, value }) => point?.[axis] !== undefined && String(point[axis]) === value);
}

/** Where a parameter is written at a point: below `vary` if there is one, else below `with`. */
export function pathOfParam(stage: StageDraft, point: MatrixPoint | undefined, path: Path): Path {
  const variant = variantsAt(stage, point).findLast(({ params }) => Object.hasOwn(params, path[0] ?? ''));
  return [...(variant?.path ?? [...stage.path, 'with']), ...path];
}

/** Tells of axes that the stage has not, and of values that they have not, as far as these are written in the file. */
export function checkVary(stage: StageDraft, tree: SourceTree, findings: Findings): void {
  const { matrix, vary = {}, name, path } = stage;
  if (!matrix) return;
  for (const [axis, values] of Object.entries(vary)) {
    const found = Object.hasOwn(matrix, axis) ? matrix[axis] : undefined;
    if (!found) {
      const place = keyPlaceOf(tree, [...path, 'vary', axis]);
      const message = `\`${name}\` has no axis \`${axis}\` to vary by.`;
      findings.add('unknown-axis', place, message, didYouMean(axis, Object.keys(matrix), 'axes'));
      continue;
    }
    const known = found.kind === 'values' ? found.values.map(String) : undefined;
    for (const value of isObject(values) ? Object.keys(values) : []) {
      if (known === undefined || known.includes(value)) continue;
      const place = keyPlaceOf(tree, [...path, 'vary', axis, value]);
      findings.add(
        'unknown-value',
        place,
        `The axis \`${axis}\` has no value \`${value}\`.`,
        didYouMean(value, known, 'values'),
      );
    }
  }
}
