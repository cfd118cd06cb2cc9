import type { ArtifactRecord, InputDeclaration, InputShape } from '../stage/index.ts';
import type { Binding } from '../spec/types.ts';
import type { InputLink, PlannedStage } from './graph-types.ts';

/** Finds which outputs of the upstream stage an input reads. The pipeline was checked, so that there is just one way. */
export function linkInput(
  name: string,
  declaration: InputDeclaration,
  binding: Binding,
  upstream: PlannedStage,
): InputLink {
  const { kind, shape } = readDeclaration(declaration);
  const outputs = shape === null ? [] : outputsFor(name, shape, binding, upstream.node.type.outputs);
  return { name, kind, shape, upstream, outputs };
}

/** `items` and `each` are therefore no names of outputs. */
function readDeclaration(declaration: InputDeclaration): { kind: InputLink['kind']; shape: InputShape | null } {
  if (typeof declaration === 'object' && 'items' in declaration) {
    return { kind: 'items', shape: (declaration as { items: InputShape | null }).items };
  }
  if (typeof declaration === 'object' && 'each' in declaration) {
    return { kind: 'each', shape: (declaration as { each: InputShape }).each };
  }
  return { kind: 'one', shape: declaration };
}

function outputsFor(
  name: string,
  shape: InputShape,
  binding: Binding,
  available: ArtifactRecord,
): InputLink['outputs'] {
  if (typeof shape === 'object') return Object.keys(shape).map((output) => [output, output] as const);
  const fitting = Object.keys(available).filter((output) => available[output] === shape);
  const output = binding.output ?? (fitting.includes(name) ? name : fitting[0]);
  if (output === undefined) throw new Error(`input ${name} fits no output of ${binding.stage}`);
  return [['', output]];
}
