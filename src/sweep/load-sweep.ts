import { dirname, resolve } from 'node:path';
import type { Diagnostic } from '../errors.ts';
import { schemaChecker } from '../spec/check-schema.ts';
import { checkBySchema, isSweepFile } from '../spec/check-structure.ts';
import { type Findings, collectFindings } from '../spec/findings.ts';
import type { Memory } from '../spec/memory.ts';
import { parseYaml } from '../spec/parse-yaml.ts';
import { pipelineStructure } from '../spec/pipeline-structure.ts';
import { readSpecFile } from '../spec/read-spec-file.ts';
import {
  type JsonObject,
  type SourceTree,
  child,
  isObject,
  keyPlaceOf,
  placeOf,
  valueAt,
} from '../spec/source-tree.ts';
import { sweepFileStructure } from '../spec/sweep-structure.ts';
import type { Json } from '../stage/index.ts';
import { type ReadSpace, readSpace } from './read-space.ts';
import { readSettings } from './settings.ts';
import type { Objective } from './sweep-record.ts';
import type { SweepSpec, SweepStrategy } from './sweep-spec.ts';

export type LoadedSweep = { readonly sweep: SweepSpec } | { readonly diagnostics: readonly Diagnostic[] };

/**
 * Reads and checks the `sweep` block of a file, by itself: whether the pipeline has what it names is seen when its trials
 * are loaded. All that is wrong is told at once.
 */
export async function loadSweep(file: string, workingFolder: string, memory?: Memory): Promise<LoadedSweep> {
  const path = resolve(workingFolder, file);
  const read = await readSpecFile(path);
  if ('diagnostic' in read) return { diagnostics: [read.diagnostic] };
  const { tree, diagnostics } = parseYaml(path, read.text, memory);
  const findings = collectFindings();
  for (const { code, place, message, advice } of diagnostics) findings.add(code, place, message, advice);
  const sweep = tree && checkSweep(tree, findings, memory);
  if (sweep && findings.count === 0) return { sweep };
  return { diagnostics: findings.all() };
}

function checkSweep(tree: SourceTree, findings: Findings, memory: Memory | undefined): SweepSpec | undefined {
  const block = child(tree.value, 'sweep');
  if (block === undefined) {
    findings.add(
      'no-sweep',
      { file: tree.file, start: 0, end: 0 },
      'There is no `sweep` in this file.',
      'docs/sweeps.md has an example; `pipe run FILE` runs a pipeline once.',
    );
    return undefined;
  }
  const isFile = isSweepFile(tree.value) || !isObject(block);
  checkBySchema(tree, isFile ? sweepFileStructure : pipelineStructure, schemaChecker(memory), findings);
  if (!isObject(block)) return undefined;
  const isSound = soundness(tree, findings.all());
  const strategy = isSound('strategy') ? readStrategy(block, tree, findings) : undefined;
  const objective = isSound('objective') ? readObjective(block, tree, findings) : undefined;
  const space = isSound('space') ? readSpace(tree, strategy?.kind === 'grid' ? 'grid' : 'other', findings) : undefined;
  const budget = strategy && isSound('budget') ? readBudget(block, strategy, tree, findings) : undefined;
  if (!strategy || !objective || !space || !budget) return undefined;
  const parallel = child(block, 'parallel');
  const { value } = tree;
  return {
    name: text(child(block, 'name')) ?? '',
    description: text(child(block, 'description')),
    file: tree.file,
    text: tree.text,
    tree,
    pipelineFile: isFile ? resolve(dirname(tree.file), text(child(value, 'pipeline')) ?? '') : tree.file,
    set: settings(block, 'set', tree),
    each: readEach(block, tree),
    ...(space satisfies ReadSpace),
    strategy,
    objective,
    budget,
    parallel: typeof parallel === 'number' ? parallel : 1,
    choice: child(block, 'choice') === 'nested' ? 'nested' : 'pooled',
    final: settings(block, 'final', tree),
    place: (path) => placeOf(tree, ['sweep', ...path]),
  };
}

/** Which keys of the block have the structure that their readers expect; those that may be missing are sound then. */
function soundness(tree: SourceTree, found: readonly Diagnostic[]): (key: string) => boolean {
  const required: readonly string[] = ['objective', 'space'];
  return (key) => {
    const path = ['sweep', key];
    if (valueAt(tree.value, path) === undefined) return !required.includes(key);
    const [{ start }, { end }] = [keyPlaceOf(tree, path), placeOf(tree, path)];
    return !found.some(({ place }) => place !== undefined && place.start >= start && place.end <= end);
  };
}

function settings(block: JsonObject, key: string, tree: SourceTree) {
  const written = child(block, key);
  return isObject(written) ? readSettings(written, tree, ['sweep', key]) : [];
}

function readEach(block: JsonObject, tree: SourceTree): SweepSpec['each'] {
  const written = child(block, 'each');
  if (!isObject(written)) return [{ name: undefined, settings: [] }];
  return Object.entries(written).map(([name, value]) => ({
    name,
    settings: isObject(value) ? readSettings(value, tree, ['sweep', 'each', name]) : [],
  }));
}

/** Which kinds have which of the settings. */
const strategySettings: Readonly<Record<string, readonly SweepStrategy['kind'][]>> = {
  seed: ['random', 'tpe', 'halving'],
  startup: ['tpe'],
  candidates: ['tpe'],
  minimum: ['halving'],
  factor: ['halving'],
};

function readStrategy(block: JsonObject, tree: SourceTree, findings: Findings): SweepStrategy {
  const written = child(block, 'strategy') ?? 'grid';
  const kind = text(isObject(written) ? child(written, 'kind') : written) ?? 'grid';
  for (const key of isObject(written) ? Object.keys(written) : []) {
    const kinds = strategySettings[key];
    if (kinds === undefined || kinds.some((one) => one === kind)) continue;
    const message = `The strategy \`${kind}\` has no \`${key}\`.`;
    findings.add(
      'bad-strategy',
      keyPlaceOf(tree, ['sweep', 'strategy', key]),
      message,
      `It belongs to ${kinds.join(', ')}.`,
    );
  }
  const number = (key: string): number | undefined => {
    const value = child(written, key);
    return typeof value === 'number' ? value : undefined;
  };
  const seed = number('seed') ?? 0;
  switch (kind) {
    case 'random':
      return { kind, seed };
    case 'tpe': {
      const [startup, candidates] = [number('startup'), number('candidates')];
      return { kind, seed, ...(startup !== undefined && { startup }), ...(candidates !== undefined && { candidates }) };
    }
    case 'halving': {
      const minimum = number('minimum');
      return { kind, seed, ...(minimum !== undefined && { minimum }), factor: number('factor') ?? 3 };
    }
    default:
      return { kind: 'grid' };
  }
}

function readBudget(
  block: JsonObject,
  { kind }: SweepStrategy,
  tree: SourceTree,
  findings: Findings,
): SweepSpec['budget'] {
  const written = child(block, 'budget');
  const [trials, hours] = [child(written, 'trials'), child(written, 'hours')];
  if (kind !== 'grid' && trials === undefined && (hours === undefined || kind === 'halving')) {
    const place = keyPlaceOf(tree, ['sweep', written === undefined ? 'strategy' : 'budget']);
    const message = `The strategy \`${kind}\` has no end by itself.`;
    findings.add('missing-budget', place, message, 'Write for example `budget: { trials: 40 }`.');
  }
  if (kind === 'halving' && hours !== undefined) {
    const place = keyPlaceOf(tree, ['sweep', 'budget', 'hours']);
    const message = 'Successive halving cannot stop after some hours: nobody would have been trained to the end.';
    findings.add('bad-strategy', place, message, 'Give it fewer trials.');
  }
  return { ...(typeof trials === 'number' && { trials }), ...(typeof hours === 'number' && { hours }) };
}

function readObjective(block: JsonObject, tree: SourceTree, findings: Findings): Objective {
  const written = child(block, 'objective');
  const minimised = text(child(written, 'minimise'));
  const named = text(written) ?? minimised ?? text(child(written, 'maximise')) ?? '';
  const [stage = '', output = '', ...field] = named.split('.');
  if (named.split('.').includes('') || field.length === 0) {
    const message = `\`${named}\` is not of the form \`stage.output.field\`.`;
    findings.add(
      'bad-objective',
      placeOf(tree, ['sweep', 'objective']),
      message,
      'Write for example `model.history.development`.',
    );
  }
  return { text: named, direction: minimised === undefined ? 'maximise' : 'minimise', stage, output, field };
}

const text = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
