import { readInput } from '../spec/input-declaration.ts';
import type { Binding } from '../spec/types.ts';
import type { InputDeclaration, InputShape } from '../stage/index.ts';
import type { InputLink, PlannedStage } from './graph-types.ts';

/** Which outputs of the upstream stage an input reads. The pipeline was checked, so that there is just one way. */
export function linkInput(
  name: string,
  declaration: InputDeclaration,
  binding: Binding,
  upstream: PlannedStage,
): InputLink {
  const { mode, shape } = readInput(declaration);
  return { name, mode, shape, upstream, outputs: outputsOf(shape, binding) };
}

function outputsOf(shape: InputShape | null, { output }: Binding): InputLink['outputs'] {
  if (shape === null) return [];
  if (typeof shape === 'object') return Object.keys(shape).map((name) => [name, name] as const);
  if (output === undefined) throw new Error('the output of a bare input was not chosen');
  return [['', output]];
}
