import type { ArtifactRecord, ArtifactType } from '../stage/index.ts';
import { didYouMean, enumerate } from './did-you-mean.ts';
import type { Findings } from './findings.ts';
import { readInput } from './input-declaration.ts';
import { isObject, keyPlaceOf, placeOf, type Path, type SourceTree } from './source-tree.ts';
import type { StageDraft } from './stage-draft.ts';
import type { Binding, StageInfo } from './types.ts';

type Stages = ReadonlyMap<string, StageDraft>;

/** Finds the stage that every input of a stage comes from. */
export function bindInputs(stage: StageDraft, stages: Stages, tree: SourceTree, findings: Findings): void {
  const written = writtenBindings(stage, tree, findings);
  if (!written) return;
  const bindings: Record<string, Binding> = {};
  for (const [input, { target, path }] of written) {
    const binding = readTarget(target, path, stage, stages, tree, findings);
    if (binding) bindings[input] = binding;
  }
  const given = isObject(stage.needsWritten) ? Object.keys(stage.needsWritten) : written.map(([input]) => input);
  if (stage.type) checkComplete(stage, stage.type, new Set(given), tree, findings);
  stage.needs = bindings;
}

/** Chooses, and checks, the output that each input reads. All stages must be bound and have their types. */
export function chooseOutputs(stage: StageDraft, stages: Stages, tree: SourceTree, findings: Findings): void {
  if (!stage.type || !stage.needs) return;
  const chosen: Record<string, Binding> = {};
  for (const [input, binding] of Object.entries(stage.needs)) {
    const declaration = Object.hasOwn(stage.type.inputs, input) ? stage.type.inputs[input] : undefined;
    const upstream = stages.get(binding.stage)?.type;
    if (!declaration || !upstream) continue;
    const place = placeOf(tree, needPath(stage, input));
    const output = chooseOutput(
      stage,
      input,
      readInput(declaration).shape,
      binding,
      upstream,
      (code, message, advice) => findings.add(code, place, message, advice),
    );
    chosen[input] = output === undefined ? binding : { stage: binding.stage, output };
  }
  stage.needs = { ...stage.needs, ...chosen };
}

/** Where an input is bound: its own line, or that of a `needs` for all. */
export function needPath(stage: StageDraft, input: string): Path {
  return isObject(stage.needsWritten) ? [...stage.path, 'needs', input] : [...stage.path, 'needs'];
}

interface Written {
  readonly target: string;
  readonly path: Path;
}

function writtenBindings(
  stage: StageDraft,
  tree: SourceTree,
  findings: Findings,
): readonly (readonly [string, Written])[] | undefined {
  const path = [...stage.path, 'needs'];
  const { needsWritten, type } = stage;
  if (needsWritten !== undefined && type?.kind === 'source') {
    findings.add(
      'source-with-needs',
      keyPlaceOf(tree, path),
      `\`${stage.name}\` is a source and takes nothing from other stages.`,
      'Remove `needs`.',
    );
    return undefined;
  }
  if (needsWritten === undefined) return [];
  if (isObject(needsWritten)) {
    return Object.entries(needsWritten).flatMap(([input, target]) =>
      typeof target === 'string' ? [[input, { target, path: [...path, input] }] as const] : [],
    );
  }
  if (typeof needsWritten !== 'string') return undefined;
  if (!type) return [['', { target: needsWritten, path }]];
  const inputs = Object.entries(type.inputs);
  const required = inputs.filter(([, declaration]) => !readInput(declaration).optional);
  const [only] = inputs.length === 1 ? inputs : required;
  if (only && (required.length === 1 || inputs.length === 1)) return [[only[0], { target: needsWritten, path }]];
  const names = enumerate(inputs.map(([input]) => `\`${input}\``));
  const message =
    inputs.length === 0 ? `\`${type.name}\` has no inputs.` : `\`${type.name}\` has several inputs: ${names}.`;
  const advice =
    inputs.length === 0 ? 'Remove `needs`.' : `Say which: needs: { ${inputs[0]?.[0] ?? 'input'}: ${needsWritten} }.`;
  findings.add('unnamed-input', placeOf(tree, path), message, advice);
  return undefined;
}

function readTarget(
  target: string,
  path: Path,
  stage: StageDraft,
  stages: Stages,
  tree: SourceTree,
  findings: Findings,
): Binding | undefined {
  const [name = '', output, ...rest] = target.split('.');
  if (!stages.has(name)) {
    const others = [...stages.keys()].filter((other) => other !== stage.name);
    findings.add(
      'unknown-stage',
      placeOf(tree, path),
      `There is no stage \`${name}\`.`,
      didYouMean(name, others, 'stages'),
    );
    return undefined;
  }
  if (rest.length > 0 || output === '') {
    findings.add(
      'unknown-output',
      placeOf(tree, path),
      `\`${target}\` names no output.`,
      'Write `stage` or `stage.output`.',
    );
    return undefined;
  }
  return { stage: name, ...(output === undefined ? {} : { output }) };
}

function checkComplete(
  stage: StageDraft,
  type: StageInfo,
  given: ReadonlySet<string>,
  tree: SourceTree,
  findings: Findings,
): void {
  for (const input of given) {
    if (Object.hasOwn(type.inputs, input)) continue;
    const advice = didYouMean(input, Object.keys(type.inputs), 'inputs');
    findings.add(
      'unknown-input',
      keyPlaceOf(tree, needPath(stage, input)),
      `\`${type.name}\` has no input \`${input}\`.`,
      advice,
    );
  }
  for (const [input, declaration] of Object.entries(type.inputs)) {
    if (given.has(input) || readInput(declaration).optional) continue;
    const place = keyPlaceOf(tree, stage.needsWritten === undefined ? stage.path : [...stage.path, 'needs']);
    findings.add(
      'missing-input',
      place,
      `\`${stage.name}\` lacks the input \`${input}\` of \`${type.name}\`.`,
      `Add needs: { ${input}: STAGE }, a stage that gives ${describeShape(readInput(declaration).shape)}.`,
    );
  }
}

function chooseOutput(
  stage: StageDraft,
  input: string,
  shape: ArtifactType | ArtifactRecord | null,
  { stage: name, output }: Binding,
  upstream: StageInfo,
  fault: (code: string, message: string, advice: string) => void,
): string | undefined {
  const { outputs } = upstream;
  const gives = `\`${name}\` gives ${describeShape(outputs)}`;
  const takes = `\`${stage.name}\` takes ${describeShape(shape)} as \`${input}\``;
  if (output !== undefined && !Object.hasOwn(outputs, output)) {
    fault(
      'unknown-output',
      `\`${name}\` has no output \`${output}\`.`,
      didYouMean(output, Object.keys(outputs), 'outputs'),
    );
    return undefined;
  }
  if (shape === null || typeof shape === 'object') {
    if (output !== undefined) fault('unexpected-output', `${takes}, not one output.`, `Write \`${name}\` alone.`);
    const lacking = Object.entries(shape ?? {}).filter(
      ([key, type]) => !Object.hasOwn(outputs, key) || outputs[key] !== type,
    );
    if (lacking.length > 0)
      fault(
        'wrong-artifact',
        `${takes}, and ${gives}.`,
        'Take a stage with these outputs, or put one between that makes them.',
      );
    return undefined;
  }
  const fitting = Object.keys(outputs).filter((key) => outputs[key] === shape);
  if (output === undefined && fitting.length > 1 && !fitting.includes(input)) {
    fault(
      'ambiguous-output',
      `${takes}, and \`${name}\` has several such outputs.`,
      `Choose one: ${enumerate(fitting.map((key) => `\`${name}.${key}\``))}.`,
    );
    return undefined;
  }
  const found = output ?? (fitting.includes(input) ? input : fitting[0]);
  if (found !== undefined && outputs[found] === shape) return found;
  fault(
    'wrong-artifact',
    `${takes}, and ${gives}.`,
    `Take a stage that gives ${describeShape(shape)}, or put one between that makes it.`,
  );
  return undefined;
}

function describeShape(shape: ArtifactType | ArtifactRecord | null): string {
  if (shape === null) return 'the columns of items';
  if (typeof shape === 'string') return `\`${shape}\``;
  const outputs = Object.entries(shape).map(([name, type]) => `\`${name}: ${type}\``);
  return outputs.length === 0 ? 'nothing' : enumerate(outputs);
}
