// One direction of an LSTM. Gates in the order input, forget, cell, output. `gates` [samples, steps, 4 units] holds the
// input's part before the forward pass, the activated gates after it, and their gradients after the backward pass.
// Strides in bytes. Units are padded to nothing: vectors are used as far as they go, the rest goes by way of `lanes`.
import { multiply } from './_gemm';
import { sigmoid, tanh } from './_math';

const lanes: usize = memory.data(16, 16);

function put(place: usize, value: v128, count: usize): void {
  if (count >= 4) {
    v128.store(place, value);
    return;
  }
  v128.store(lanes, value);
  for (let lane: usize = 0; lane < count; lane++) store<f32>(place + (lane << 2), load<f32>(lanes + (lane << 2)));
}

/**
 * @param recurrent packed [units, 4 units]
 * @param cells [steps, samples, units], written
 * @param out [samples, steps, ...] of which each step's first units are written, steps `outStep` apart
 */
export function lstm(
  gates: usize,
  samples: usize,
  steps: usize,
  units: usize,
  recurrent: usize,
  cells: usize,
  out: usize,
  outStep: usize,
  reverse: bool,
): void {
  const gateStep = units << 4;
  const state = units << 2;
  for (let count: usize = 0; count < steps; count++) {
    const t = reverse ? steps - 1 - count : count;
    const previous = reverse ? t + 1 : t - 1;
    if (count > 0) {
      const from = out + previous * outStep;
      const to = gates + t * gateStep;
      multiply(from, steps * outStep, samples, units, 4 * units, recurrent, to, steps * gateStep, true);
    }
    for (let n: usize = 0; n < samples; n++) {
      const gate = gates + (n * steps + t) * gateStep;
      const cell = cells + (t * samples + n) * state;
      const before: usize = count > 0 ? cells + (previous * samples + n) * state : 0;
      activate(gate, units, cell, before, out + (n * steps + t) * outStep);
    }
  }
}

/** Activates one sample's gates at one step; `before` is the place of its previous cells, 0 for none. */
function activate(gate: usize, units: usize, cell: usize, before: usize, out: usize): void {
  const size = units << 2;
  for (let u: usize = 0; u < units; u += 4) {
    const at = gate + (u << 2);
    const count = units - u;
    const i = sigmoid(v128.load(at));
    const f = sigmoid(v128.load(at + size));
    const g = tanh(v128.load(at + 2 * size));
    const o = sigmoid(v128.load(at + 3 * size));
    let c = f32x4.mul(i, g);
    if (before != 0) c = f32x4.add(c, f32x4.mul(f, v128.load(before + (u << 2))));
    put(at, i, count);
    put(at + size, f, count);
    put(at + 2 * size, g, count);
    put(at + 3 * size, o, count);
    put(cell + (u << 2), c, count);
    put(out + (u << 2), f32x4.mul(o, tanh(c)), count);
  }
}

/**
 * Turns `gates` into their gradients (before activation).
 * @param recurrentTransposed packed [4 units, units]
 * @param outGradient as `out`
 * @param hidden room for samples * units floats
 * @param cellGradient room for samples * units floats
 */
export function lstmGradient(
  gates: usize,
  samples: usize,
  steps: usize,
  units: usize,
  recurrentTransposed: usize,
  cells: usize,
  outGradient: usize,
  outStep: usize,
  reverse: bool,
  hidden: usize,
  cellGradient: usize,
): void {
  const gateStep = units << 4;
  const state = units << 2;
  memory.fill(hidden, 0, samples * state);
  memory.fill(cellGradient, 0, samples * state);
  for (let count: usize = 0; count < steps; count++) {
    const t = reverse ? count : steps - 1 - count;
    const earlier = reverse ? t + 1 : t - 1;
    const first = count == steps - 1;
    for (let n: usize = 0; n < samples; n++) {
      const gate = gates + (n * steps + t) * gateStep;
      const cell = cells + (t * samples + n) * state;
      const before: usize = first ? 0 : cells + (earlier * samples + n) * state;
      const own = outGradient + (n * steps + t) * outStep;
      deactivate(gate, units, cell, before, own, hidden + n * state, cellGradient + n * state);
    }
    if (first) break;
    const from = gates + t * gateStep;
    multiply(from, steps * gateStep, samples, 4 * units, units, recurrentTransposed, hidden, state, false);
  }
}

/** One sample's gate gradients at one step; `cellGradient` goes in for this step and comes out for the earlier one. */
function deactivate(
  gate: usize,
  units: usize,
  cell: usize,
  before: usize,
  outGradient: usize,
  hidden: usize,
  cellGradient: usize,
): void {
  const size = units << 2;
  const one = f32x4.splat(1);
  for (let u: usize = 0; u < units; u += 4) {
    const at = gate + (u << 2);
    const count = units - u;
    const i = v128.load(at);
    const f = v128.load(at + size);
    const g = v128.load(at + 2 * size);
    const o = v128.load(at + 3 * size);
    const squashed = tanh(v128.load(cell + (u << 2)));
    const dh = f32x4.add(v128.load(outGradient + (u << 2)), v128.load(hidden + (u << 2)));
    const through = f32x4.mul(f32x4.mul(dh, o), f32x4.sub(one, f32x4.mul(squashed, squashed)));
    const dc = f32x4.add(v128.load(cellGradient + (u << 2)), through);
    const c = before != 0 ? v128.load(before + (u << 2)) : f32x4.splat(0);
    put(at, f32x4.mul(f32x4.mul(dc, g), f32x4.mul(i, f32x4.sub(one, i))), count);
    put(at + size, f32x4.mul(f32x4.mul(dc, c), f32x4.mul(f, f32x4.sub(one, f))), count);
    put(at + 2 * size, f32x4.mul(f32x4.mul(dc, i), f32x4.sub(one, f32x4.mul(g, g))), count);
    put(at + 3 * size, f32x4.mul(f32x4.mul(dh, squashed), f32x4.mul(o, f32x4.sub(one, o))), count);
    put(cellGradient + (u << 2), f32x4.mul(dc, f), count);
  }
}
