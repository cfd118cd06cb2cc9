import { needPath } from './bind-inputs.ts';
import { enumerate } from './did-you-mean.ts';
import type { Findings } from './findings.ts';
import { readInput, type Input } from './input-declaration.ts';
import { placeOf, type SourceTree } from './source-tree.ts';
import type { StageDraft } from './stage-draft.ts';
import type { Axis } from './types.ts';

type Stages = ReadonlyMap<string, StageDraft>;
type Tell = (code: string, message: string, advice: string) => void;

/** Checks that matrix points of stages and of what they need can be joined. */
export function checkJoins(stage: StageDraft, stages: Stages, tree: SourceTree, findings: Findings): void {
  for (const [name, binding] of Object.entries(stage.needs ?? {})) {
    const declaration = stage.type && Object.hasOwn(stage.type.inputs, name) ? stage.type.inputs[name] : undefined;
    const upstream = stages.get(binding.stage);
    if (!declaration || !upstream?.matrix || !stage.matrix) continue;
    const place = placeOf(tree, needPath(stage, name));
    const tell: Tell = (code, message, advice) => findings.add(code, place, message, advice);
    checkPoints(stage, stage.matrix, upstream, upstream.matrix, readInput(declaration), tell);
  }
}

function checkPoints(
  stage: StageDraft,
  axes: Readonly<Record<string, Axis>>,
  upstream: StageDraft,
  upstreamAxes: Readonly<Record<string, Axis>>,
  input: Input,
  tell: Tell,
): void {
  const lacking = Object.entries(upstreamAxes).filter(([name, axis]) => !Object.hasOwn(axes, name) && !isSingle(axis));
  if (input.mode !== 'each' && lacking.length > 0) {
    const names = lacking.map(([name]) => name);
    const message = `\`${upstream.name}\` has a result for each ${names.join(' and ')}, and \`${stage.name}\` takes one.`;
    tell(
      'several-points',
      message,
      `Give it the same axes: matrix: { ${names.map((name) => `${name}: same-as ${upstream.name}`).join(', ')} }.`,
    );
  }
  for (const [name, axis] of Object.entries(axes)) {
    const other = Object.hasOwn(upstreamAxes, name) ? upstreamAxes[name] : undefined;
    if (other) checkSharedAxis(name, axis, other, upstream, tell);
  }
}

function isSingle(axis: Axis): boolean {
  return axis.kind === 'values' && axis.values.length === 1;
}

function checkSharedAxis(name: string, axis: Axis, other: Axis, upstream: StageDraft, tell: Tell): void {
  const advice = `Write matrix: { ${name}: same-as ${upstream.name} }, or name one of the axes differently.`;
  if (axis.kind === 'values' && other.kind === 'values') {
    const missing = axis.values.filter((value) => !other.values.includes(value));
    if (missing.length === 0) return;
    tell(
      'no-agreeing-point',
      `\`${upstream.name}\` has no result for ${name} = ${enumerate(missing.map(String))}.`,
      advice,
    );
  }
  if (
    axis.kind === 'artifact' &&
    other.kind === 'artifact' &&
    (axis.stage !== other.stage || axis.output !== other.output)
  ) {
    tell(
      'no-agreeing-point',
      `The axis \`${name}\` is ${axis.stage}.${axis.output} here and ${other.stage}.${other.output} in \`${upstream.name}\`.`,
      advice,
    );
  }
}

/** Checks what kind of stage feeds an input, and finds whose items each stage works on. Stages must be in order. */
export function checkItems(ordered: readonly StageDraft[], stages: Stages, tree: SourceTree, findings: Findings): void {
  /** The source whose items a stage has: undefined for none, null when not known. */
  const sources = new Map<string, string | null | undefined>();
  for (const stage of ordered) {
    if (!stage.type || !stage.needs) {
      sources.set(stage.name, null);
      continue;
    }
    const found = new Set<string>();
    let isKnown = true;
    for (const [name, binding] of Object.entries(stage.needs)) {
      const declaration = Object.hasOwn(stage.type.inputs, name) ? stage.type.inputs[name] : undefined;
      const source = stages.has(binding.stage) ? sources.get(binding.stage) : null;
      if (!declaration || source === null) {
        isKnown = false;
        continue;
      }
      if (source !== undefined) found.add(source);
      const tell: Tell = (code, message, advice) =>
        findings.add(code, placeOf(tree, needPath(stage, name)), message, advice);
      checkMode(stage, name, readInput(declaration), binding.stage, source, tell);
    }
    isKnown &&= Object.keys(stage.type.inputs).every(
      (name) => Object.hasOwn(stage.needs ?? {}, name) || isOptional(stage, name),
    );
    sources.set(stage.name, sourceOf(stage, isKnown, found, tree, findings));
  }
}

function isOptional(stage: StageDraft, name: string): boolean {
  const declaration = stage.type?.inputs[name];
  return declaration !== undefined && readInput(declaration).optional;
}

function checkMode(
  stage: StageDraft,
  name: string,
  input: Input,
  upstream: string,
  source: string | undefined,
  tell: Tell,
): void {
  if (input.mode === 'items' && source === undefined) {
    tell(
      'no-items',
      `\`${stage.name}\` takes all items as \`${name}\`, and \`${upstream}\` gives one result, not one for each item.`,
      'Take a source or a stage that works on each item.',
    );
  }
  if (input.mode !== 'items' && stage.type?.kind === 'reduce' && source !== undefined) {
    tell(
      'one-expected',
      `\`${stage.name}\` takes one result as \`${name}\`, and \`${upstream}\` gives one for each item.`,
      'Take a stage that sees all items, or declare the input as { items: … } in the stage type or command.',
    );
  }
}

function sourceOf(
  stage: StageDraft,
  isKnown: boolean,
  found: ReadonlySet<string>,
  tree: SourceTree,
  findings: Findings,
): string | null | undefined {
  if (stage.type?.kind === 'source') return stage.name;
  if (stage.type?.kind === 'reduce') return undefined;
  const [source] = found;
  const place = placeOf(tree, stage.needsWritten === undefined ? stage.path : [...stage.path, 'needs']);
  if (found.size > 1) {
    const message = `\`${stage.name}\` works on each item, and its inputs have the items of different sources: ${[...found].join(', ')}.`;
    findings.add('mixed-sources', place, message, 'Take inputs that go back to one source.');
    return null;
  }
  if (source === undefined && isKnown) {
    findings.add(
      'no-items',
      place,
      `\`${stage.name}\` works on each item, and none of its inputs has items.`,
      'Take at least one input from a source or from a stage that works on each item.',
    );
    return null;
  }
  return source ?? null;
}
