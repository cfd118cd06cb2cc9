import { canonicalJson } from '../../canonical-json.ts';
import { choiceKernels, rangeKernels, type MakeKernels } from './kernels.ts';
import { scaleOf } from './scale.ts';
import type { Choice, Configuration, Json, Parameter, Range } from './space.ts';

/** A parameter's values as points: the index of a choice, the place of a range on its scale. */
export interface Coding {
  readonly path: string;
  readonly kernels: MakeKernels;
  /** Undefined for what is no value of the parameter. */
  encode(value: Json | undefined): number | undefined;
  decode(point: number): Json;
}

export function codingOf(parameter: Parameter): Coding {
  if (parameter.kind === 'choice') return choiceCoding(parameter);
  if (parameter.low < parameter.high) return rangeCoding(parameter);
  return choiceCoding({ kind: 'choice', path: parameter.path, values: [parameter.low] });
}

/**
 * The points of the configurations that have all the parameters, one array a parameter, in the order given.
 */
export function encodeAll(codings: readonly Coding[], configurations: readonly Configuration[]): Float64Array[] {
  const columns = codings.map(() => new Float64Array(configurations.length));
  let count = 0;
  for (const configuration of configurations) {
    const isWhole = codings.every(({ path, encode }, at) => {
      const point = encode(configuration[path]);
      const column = columns[at];
      if (point === undefined || !column) return false;
      column[count] = point;
      return true;
    });
    if (isWhole) count++;
  }
  return columns.map((column) => column.subarray(0, count));
}

function choiceCoding(choice: Choice): Coding {
  const indices = new Map(choice.values.map((value, index) => [nameOf(value), index]));
  return {
    path: choice.path,
    kernels: choiceKernels(choice),
    encode: (value) => (value === undefined ? undefined : indices.get(nameOf(value))),
    decode: (point) => choice.values[point] ?? null,
  };
}

/** Numbers and words are told apart by themselves; lists and objects by a text, behind a mark that no word begins with. */
function nameOf(value: Json): Json {
  return typeof value === 'object' && value !== null ? `\0${canonicalJson(value)}` : value;
}

function rangeCoding(range: Range): Coding {
  const { low, high, toScale, fromScale } = scaleOf(range);
  return {
    path: range.path,
    kernels: rangeKernels(range),
    encode(value) {
      if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
      return Math.min(high, Math.max(low, toScale(value)));
    },
    decode: fromScale,
  };
}
