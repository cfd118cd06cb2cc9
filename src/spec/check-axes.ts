import type { Findings } from './findings.ts';
import { keyPlaceOf, placeOf, type SourceTree } from './source-tree.ts';
import type { StageDraft } from './stage-draft.ts';

/**
 * Checks that a stage has the axis that its type takes parts of, and that every axis makes a difference: by
 * `${matrix.AXIS}` in a parameter, by parts, or by joining a stage that has the axis too.
 */
export function checkAxes(
  stage: StageDraft,
  axesInParameters: ReadonlySet<string>,
  stages: ReadonlyMap<string, StageDraft>,
  tree: SourceTree,
  findings: Findings,
): void {
  const { type, matrix, needs } = stage;
  if (!type || !matrix || !needs) return;
  const path = [...stage.path, 'matrix'];
  if (type.parts) checkParts(stage, type.parts, tree, findings);
  const upstreams = Object.values(needs).map((binding) => stages.get(binding.stage)?.matrix);
  if (upstreams.some((axes) => axes === undefined)) return;
  for (const axis of Object.keys(matrix)) {
    const isJoined = upstreams.some((axes) => axes && Object.hasOwn(axes, axis));
    if (isJoined || axesInParameters.has(axis) || type.parts?.axis === axis) continue;
    const takes =
      'properties' in type.params &&
      typeof type.params.properties === 'object' &&
      axis in (type.params.properties ?? {});
    const advice = takes
      ? `Write with: { ${axis}: "\${matrix.${axis}}" }.`
      : `Use \`\${matrix.${axis}}\` in a parameter, or remove the axis.`;
    findings.add(
      'unused-axis',
      keyPlaceOf(tree, [...path, axis]),
      `Nothing in \`${stage.name}\` depends on the axis \`${axis}\`: the same would be computed for each of its values.`,
      advice,
    );
  }
}

function checkParts(
  stage: StageDraft,
  parts: { readonly input: string; readonly axis: string },
  tree: SourceTree,
  findings: Findings,
): void {
  const { matrix = {}, needs = {}, type } = stage;
  const binding = Object.hasOwn(needs, parts.input) ? needs[parts.input] : undefined;
  const output = binding && `${binding.stage}.${binding.output ?? parts.input}`;
  const axis = Object.hasOwn(matrix, parts.axis) ? matrix[parts.axis] : undefined;
  if (!axis) {
    const place = keyPlaceOf(tree, stage.matrixWritten === undefined ? stage.path : [...stage.path, 'matrix']);
    const advice = `Add matrix: { ${parts.axis}: "\${${output ?? `STAGE.${parts.input}`}}" }, or \`same-as\` a stage that has it.`;
    findings.add(
      'missing-axis',
      place,
      `\`${type?.name}\` is given the parts of one ${parts.axis}, and \`${stage.name}\` has no axis \`${parts.axis}\`.`,
      advice,
    );
    return;
  }
  if (axis.kind === 'artifact' && output !== undefined && output !== `${axis.stage}.${axis.output}`) {
    const place = placeOf(tree, [...stage.path, 'matrix', parts.axis]);
    findings.add(
      'axis-mismatch',
      place,
      `The axis \`${parts.axis}\` comes from \`${axis.stage}.${axis.output}\`, and the input \`${parts.input}\` from \`${output}\`.`,
      `Write \${${output}}, or bind \`${parts.input}\` to \`${axis.stage}.${axis.output}\`.`,
    );
  }
}
