import { createHash } from 'node:crypto';
import type { StageFact } from '../../plan/facts.ts';
import type { Json, MatrixPoint } from '../../stage/index.ts';
import { readSealed } from '../find-runs.ts';
import { recordFiles } from '../run-record.ts';
import type { Entry } from './entries.ts';

/** Something that is not the same in all entries. */
export interface Differing {
  /** `model.network.depth`; or `model (code)`, `model (engine)`, `corpus (data)`, `pipeline`. */
  readonly name: string;
  readonly kind: 'parameter' | 'code' | 'engine' | 'data' | 'pipeline';
  /** One for each entry; undefined where it is not there. */
  readonly values: readonly (string | undefined)[];
}

/** What differs between entries: parameters as they were resolved, with defaults; code, engines and data by what made the keys. */
export function differingFacts(entries: readonly Entry[]): Differing[] {
  const tables = entries.map(factsOf);
  const names = new Set(tables.flatMap((table) => [...table.keys()]));
  return [...names].flatMap((name) => {
    const values = tables.map((table) => table.get(name)?.value);
    const kind = tables.find((table) => table.has(name))?.get(name)?.kind ?? 'parameter';
    return new Set(values).size > 1 ? [{ name, kind, values }] : [];
  });
}

type FactTable = Map<string, { readonly kind: Differing['kind']; readonly value: string }>;

function factsOf({ run, point }: Entry): FactTable {
  const { stages, data } = readStageFacts(readSealed(run, recordFiles.tasks) ?? Buffer.alloc(0));
  const table: FactTable = new Map([['pipeline', { kind: 'pipeline', value: run.record.pipeline }]]);
  for (const fact of stages) {
    for (const [path, values] of parametersOf(fact, point))
      table.set(`${fact.stage}${path}`, { kind: 'parameter', value: [...values].join(', ') });
  }
  for (const { stage, uses, code } of stages)
    table.set(`${stage} (code)`, { kind: 'code', value: `${uses} ${code.slice(0, 8)}` });
  for (const [stage, engine] of Object.entries(run.record.engines ?? {}))
    table.set(`${stage} (engine)`, { kind: 'engine', value: engine });
  if (data !== undefined) table.set('items (data)', { kind: 'data', value: data.slice(0, 8) });
  return table;
}

/** The distinct values of every parameter over the stage's points that agree with `own`. */
function parametersOf({ points }: StageFact, own: MatrixPoint): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const seen = new Set<string>();
  for (const { point, params } of points) {
    if (Object.entries(own).some(([axis, value]) => axis in point && point[axis] !== value)) continue;
    // Most points have the same ones.
    const text = JSON.stringify(params);
    if (seen.has(text)) continue;
    seen.add(text);
    for (const [name, value] of Object.entries(params)) {
      for (const [path, leaf] of leaves(`.${name}`, value))
        found.set(path, (found.get(path) ?? new Set<string>()).add(leaf));
    }
  }
  return found;
}

/** Scalars, and lists of them, by their path. */
function* leaves(path: string, value: Json): Generator<[string, string]> {
  if (typeof value !== 'object' || value === null) yield [path, String(value)];
  else if (Array.isArray(value) && value.every((entry) => typeof entry !== 'object' || entry === null))
    yield [path, `[${value.map(String).join(', ')}]`];
  else for (const [name, inner] of Object.entries(value) as [string, Json][]) yield* leaves(`${path}.${name}`, inner);
}

/** The letter behind `{"type":"` tells what a line is about. */
const typeAt = 9;
const [stageLetter, itemLetter] = ['s'.charCodeAt(0), 'i'.charCodeAt(0)];

/** The stages' lines alone: those of tasks, by far the most, are not parsed. `data` is SHA-256 of the items' lines. */
function readStageFacts(content: Buffer): { readonly stages: readonly StageFact[]; readonly data: string | undefined } {
  const stages: StageFact[] = [];
  const items = createHash('sha256');
  let isEmpty = true;
  for (let start = 0, end = content.indexOf(10); end >= 0; start = end + 1, end = content.indexOf(10, start)) {
    const letter = content[start + typeAt];
    if (letter === stageLetter) stages.push(JSON.parse(content.toString('utf8', start, end)) as StageFact);
    if (letter !== itemLetter) continue;
    items.update(content.subarray(start, end));
    isEmpty = false;
  }
  return { stages, data: isEmpty ? undefined : items.digest('hex') };
}
