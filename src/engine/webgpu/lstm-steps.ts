import type { EngineTensor } from '../../stage/engine.ts';
import type { Arena } from './arena.ts';
import { elementwise, flatGroups, gateFunctions, GROUP_BYTES, main, MOST_THREADS, u32 } from './wgsl.ts';

/** Two directions of an LSTM over a batch. */
export interface Sequence {
  readonly samples: number;
  readonly steps: number;
  readonly units: number;
  /** [samples, steps, 8 units]: sums from the input, then gates, then their gradients; in each other's place. */
  readonly gates: EngineTensor;
  /** [2, samples, steps, units] */
  readonly cells: EngineTensor;
}

/** Samples that a group goes through together at most: each recurrent weight is read once for all of them. */
const MOST_SAMPLES = 4;

interface Group {
  readonly threads: number;
  readonly samples: number;
  /** Units of each thread. */
  readonly turns: number;
}

function groupOf(units: number, bytesPerSample: number): Group {
  const threads = units > 64 ? MOST_THREADS : units > 32 ? 64 : 32;
  const samples = Math.max(1, Math.min(MOST_SAMPLES, Math.floor(GROUP_BYTES / bytesPerSample)));
  return { threads, samples, turns: Math.ceil(units / threads) };
}

export function runForward(
  arena: Arena,
  { samples, steps, units, gates, cells }: Sequence,
  forward: EngineTensor,
  backward: EngineTensor,
  output: EngineTensor,
): void {
  const group = groupOf(units, 4 * units);
  arena.gpu.run({
    key: `lstm: steps of ${units} units`,
    arrays: {
      forward: arena.read(forward),
      backward: arena.read(backward),
      gates: arena.write(gates),
      cells: arena.write(cells),
      output: arena.write(output),
    },
    numbers: { samples: u32(samples), steps: u32(steps) },
    groups: [Math.ceil(samples / group.samples), 2, 1],
    code: () => forwardCode(units, group),
  });
}

/** Code for each of a group's samples. */
function each({ samples }: Group, code: (sample: number) => string): string {
  return Array.from({ length: samples }, (_, sample) => code(sample)).join('\n');
}

const places = `
  // Where the input gate of a unit is; the other gates follow at a distance of the units.
  fn gateOf(direction: u32, sample: u32, step: u32, unit: u32) -> u32 {
    return ((sample * numbers.steps + step) * 2u + direction) * 4u * units + unit;
  }
  fn cellOf(direction: u32, sample: u32, step: u32, unit: u32) -> u32 {
    return ((direction * numbers.samples + sample) * numbers.steps + step) * units + unit;
  }
  fn outputOf(direction: u32, sample: u32, step: u32, unit: u32) -> u32 {
    return ((sample * numbers.steps + step) * 2u + direction) * units + unit;
  }
  fn fourGates(at: u32) -> vec4<f32> {
    return vec4<f32>(gates[at], gates[at + units], gates[at + 2u * units], gates[at + 3u * units]);
  }
  fn storeGates(at: u32, values: vec4<f32>) {
    gates[at] = values.x;
    gates[at + units] = values.y;
    gates[at + 2u * units] = values.z;
    gates[at + 3u * units] = values.w;
  }`;

function forwardCode(units: number, group: Group): string {
  const { threads, samples, turns } = group;
  const weigh = (weights: string) => `
    for (var k = 0u; k < units; k++) {
      let at = k * 4u * units + unit;
      let weights = vec4<f32>(${[0, 1, 2, 3].map((gate) => `${weights}[at + ${gate}u * units]`).join(', ')});
      ${each(group, (s) => `sum${s} += hidden[${s}u * units + k] * weights;`)}
    }`;
  return `
  const units = ${units}u;
  var<workgroup> hidden: array<f32, ${samples * units}>;
  ${gateFunctions}
  ${places}
  ${main(threads)} {
    let direction = group.y;
    let first = group.x * ${samples}u;
    var cell: array<f32, ${samples * turns}>;
    var fresh: array<f32, ${samples * turns}>;
    for (var i = thread; i < ${samples * units}u; i += ${threads}u) { hidden[i] = 0.0; }
    workgroupBarrier();
    for (var count = 0u; count < numbers.steps; count++) {
      let step = select(numbers.steps - 1u - count, count, direction == 0u);
      for (var turn = 0u; turn < ${turns}u; turn++) {
        let unit = turn * ${threads}u + thread;
        if (unit < units) {
          ${each(group, (s) => `var sum${s} = fourGates(gateOf(direction, min(first + ${s}u, numbers.samples - 1u), step, unit));`)}
          if (direction == 0u) { ${weigh('forward')} } else { ${weigh('backward')} }
          ${each(
            group,
            (s) => `{
            let input = sigmoid(sum${s}.x);
            let forget = sigmoid(sum${s}.y);
            let candidate = hyperbolic(sum${s}.z);
            let out = sigmoid(sum${s}.w);
            let at = turn * ${samples}u + ${s}u;
            cell[at] = forget * cell[at] + input * candidate;
            fresh[at] = out * hyperbolic(cell[at]);
            if (first + ${s}u < numbers.samples) {
              storeGates(gateOf(direction, first + ${s}u, step, unit), vec4<f32>(input, forget, candidate, out));
              cells[cellOf(direction, first + ${s}u, step, unit)] = cell[at];
              output[outputOf(direction, first + ${s}u, step, unit)] = fresh[at];
            }
          }`,
          )}
        }
      }
      workgroupBarrier();
      for (var turn = 0u; turn < ${turns}u; turn++) {
        let unit = turn * ${threads}u + thread;
        if (unit < units) { ${each(group, (s) => `hidden[${s}u * units + unit] = fresh[turn * ${samples}u + ${s}u];`)} }
      }
      workgroupBarrier();
    }
  }`;
}

/** Recurrent weights of both directions, [2, 4 units, units], so that neighbouring threads read neighbours. */
export function transposed(arena: Arena, units: number, forward: EngineTensor, backward: EngineTensor): EngineTensor {
  const size = 8 * units * units;
  const turned = arena.make([2, 4 * units, units]);
  arena.gpu.run({
    key: 'lstm: transpose',
    arrays: { forward: arena.read(forward), backward: arena.read(backward), turned: arena.write(turned) },
    numbers: { size: u32(size), units: u32(units) },
    groups: flatGroups(size),
    code: () =>
      elementwise(`
        let half = numbers.size / 2u;
        let at = i % half;
        let source = (at % numbers.units) * 4u * numbers.units + at / numbers.units;
        if (i < half) { turned[i] = forward[source]; } else { turned[i] = backward[source]; }`),
  });
  return turned;
}

/** Turns the gates into their gradients, from the last step that was taken to the first. */
export function runBackward(
  arena: Arena,
  { samples, steps, units, gates, cells }: Sequence,
  turned: EngineTensor,
  outputGradient: EngineTensor,
): void {
  const group = groupOf(units, 16 * units);
  arena.gpu.run({
    key: `lstm: gradient of the steps of ${units} units`,
    arrays: {
      turned: arena.read(turned),
      gradient: arena.read(outputGradient),
      cells: arena.read(cells),
      gates: arena.write(gates),
    },
    numbers: { samples: u32(samples), steps: u32(steps) },
    groups: [Math.ceil(samples / group.samples), 2, 1],
    code: () => backwardCode(units, group),
  });
}

function backwardCode(units: number, group: Group): string {
  const { threads, samples, turns } = group;
  return `
  const units = ${units}u;
  // Gradients by the gates of the step after.
  var<workgroup> later: array<f32, ${samples * 4 * units}>;
  ${gateFunctions}
  ${places}
  ${main(threads)} {
    let direction = group.y;
    let first = group.x * ${samples}u;
    var carried: array<f32, ${samples * turns}>;
    var fresh: array<vec4<f32>, ${samples * turns}>;
    for (var i = thread; i < ${samples * 4 * units}u; i += ${threads}u) { later[i] = 0.0; }
    workgroupBarrier();
    for (var count = 0u; count < numbers.steps; count++) {
      let step = select(count, numbers.steps - 1u - count, direction == 0u);
      let before = select(step + 1u, step - 1u, direction == 0u);
      let isFirst = count + 1u == numbers.steps;
      for (var turn = 0u; turn < ${turns}u; turn++) {
        let unit = turn * ${threads}u + thread;
        if (unit < units) {
          ${each(group, (s) => `var sum${s} = gradient[outputOf(direction, min(first + ${s}u, numbers.samples - 1u), step, unit)];`)}
          for (var k = 0u; k < 4u * units; k++) {
            let weight = turned[(direction * 4u * units + k) * units + unit];
            ${each(group, (s) => `sum${s} += later[${s}u * 4u * units + k] * weight;`)}
          }
          ${each(
            group,
            (s) => `{
            let sample = min(first + ${s}u, numbers.samples - 1u);
            let gate = fourGates(gateOf(direction, sample, step, unit));
            let squashed = hyperbolic(cells[cellOf(direction, sample, step, unit)]);
            var earlier = 0.0;
            if (!isFirst) { earlier = cells[cellOf(direction, sample, before, unit)]; }
            let at = turn * ${samples}u + ${s}u;
            let byCell = carried[at] + sum${s} * gate.w * (1.0 - squashed * squashed);
            carried[at] = byCell * gate.y;
            fresh[at] = vec4<f32>(
              byCell * gate.z * gate.x * (1.0 - gate.x),
              byCell * earlier * gate.y * (1.0 - gate.y),
              byCell * gate.x * (1.0 - gate.z * gate.z),
              sum${s} * squashed * gate.w * (1.0 - gate.w));
          }`,
          )}
        }
      }
      workgroupBarrier();
      for (var turn = 0u; turn < ${turns}u; turn++) {
        let unit = turn * ${threads}u + thread;
        if (unit < units) {
          ${each(
            group,
            (s) => `{
            let values = fresh[turn * ${samples}u + ${s}u];
            for (var gate = 0u; gate < 4u; gate++) { later[(${s}u * 4u + gate) * units + unit] = values[gate]; }
            if (first + ${s}u < numbers.samples) { storeGates(gateOf(direction, first + ${s}u, step, unit), values); }
          }`,
          )}
        }
      }
      workgroupBarrier();
    }
  }`;
}
