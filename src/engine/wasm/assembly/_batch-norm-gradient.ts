// Gradients of _batch-norm.ts. The largest position of each window is sought again rather than remembered.
import { normalised, storeLanes } from './_batch-norm';

/**
 * Gradients by gamma and beta: sums over the largest position of each window.
 * @param sums room for 2 * channels float64
 * @param rowSums room for 2 * (channels + 4) floats
 */
export function parameterGradients(
  x: usize,
  gradient: usize,
  samples: usize,
  d1: usize,
  d2: usize,
  d3: usize,
  channels: usize,
  w1: usize,
  w2: usize,
  w3: usize,
  table: usize,
  mean: usize,
  inverse: usize,
  scale: usize,
  beta: usize,
  leak: f32,
  sums: usize,
  rowSums: usize,
  gammaGradient: usize,
  betaGradient: usize,
): void {
  const windowEnd = table + ((w1 * w2 * w3) << 2);
  const slope = f32x4.splat(leak);
  const zero = f32x4.splat(0);
  const rowBytes = (channels + 4) << 2;
  memory.fill(sums, 0, channels << 4);
  for (let sample: usize = 0; sample < samples; sample++) {
    for (let i: usize = 0; i < d1 / w1; i++) {
      for (let j: usize = 0; j < d2 / w2; j++) {
        let base = x + ((((sample * d1 + i * w1) * d2 + j * w2) * d3 * channels) << 2);
        memory.fill(rowSums, 0, 2 * rowBytes);
        for (let k: usize = 0; k < d3 / w3; k++) {
          for (let c: usize = 0; c < channels; c += 4) {
            const at = c << 2;
            const m = v128.load(mean + at);
            const s = v128.load(scale + at);
            const b = v128.load(beta + at);
            let bestX = v128.load(base + at);
            let best = normalised(bestX, m, s, b);
            for (let w = table + 4; w < windowEnd; w += 4) {
              const otherX = v128.load(base + at + <usize>load<u32>(w));
              const other = normalised(otherX, m, s, b);
              const larger = f32x4.gt(other, best);
              best = v128.bitselect(other, best, larger);
              bestX = v128.bitselect(otherX, bestX, larger);
            }
            let g = v128.load(gradient + at);
            g = v128.bitselect(g, f32x4.mul(g, slope), f32x4.gt(best, zero));
            const hat = f32x4.mul(f32x4.sub(bestX, m), v128.load(inverse + at));
            v128.store(rowSums + at, f32x4.add(v128.load(rowSums + at), f32x4.mul(g, hat)));
            const second = rowSums + rowBytes + at;
            v128.store(second, f32x4.add(v128.load(second), g));
          }
          base += (w3 * channels) << 2;
          gradient += channels << 2;
        }
        for (let c: usize = 0; c < channels; c++) {
          const g = sums + (c << 4);
          store<f64>(g, load<f64>(g) + <f64>load<f32>(rowSums + (c << 2)));
          store<f64>(g, load<f64>(g, 8) + <f64>load<f32>(rowSums + rowBytes + (c << 2)), 8);
        }
      }
    }
  }
  for (let c: usize = 0; c < channels; c++) {
    store<f32>(gammaGradient + (c << 2), <f32>load<f64>(sums + (c << 4)));
    store<f32>(betaGradient + (c << 2), <f32>load<f64>(sums + (c << 4), 8));
  }
}

/** What every position's gradient loses for the batch's mean and variance: x - mean times `second`, plus `first`. */
export function preparePart(
  gammaGradient: usize,
  betaGradient: usize,
  inverse: usize,
  scale: usize,
  channels: usize,
  positions: usize,
  first: usize,
  second: usize,
): void {
  for (let c: usize = 0; c < channels; c++) {
    const at = c << 2;
    const s = load<f32>(scale + at) / <f32>positions;
    store<f32>(first + at, s * load<f32>(betaGradient + at));
    store<f32>(second + at, s * load<f32>(inverse + at) * load<f32>(gammaGradient + at));
  }
}

/** Overwrites positions that no window covers by their gradient. */
function uncovered(x: usize, positions: usize, channels: usize, mean: usize, first: usize, second: usize): void {
  for (let m: usize = 0; m < positions; m++) {
    for (let c: usize = 0; c < channels; c += 4) {
      const at = c << 2;
      const centred = f32x4.sub(v128.load(x + at), v128.load(mean + at));
      const part = f32x4.add(v128.load(first + at), f32x4.mul(centred, v128.load(second + at)));
      storeLanes(x + at, f32x4.neg(part), channels - c);
    }
    x += channels << 2;
  }
}

/** Overwrites x by the gradient by x. */
export function inputGradient(
  x: usize,
  gradient: usize,
  samples: usize,
  d1: usize,
  d2: usize,
  d3: usize,
  channels: usize,
  w1: usize,
  w2: usize,
  w3: usize,
  table: usize,
  mean: usize,
  scale: usize,
  beta: usize,
  leak: f32,
  first: usize,
  second: usize,
): void {
  const slope = f32x4.splat(leak);
  const zero = f32x4.splat(0);
  const pixel = channels << 2;
  const count = w1 * w2 * w3;
  const covered3 = (d3 / w3) * w3;
  for (let plane: usize = 0; plane < samples * d1; plane++) {
    const inside1 = (plane % d1) / w1 < d1 / w1;
    for (let j: usize = 0; j < d2; j++) {
      const row = x + (plane * d2 + j) * d3 * pixel;
      if (!inside1 || j / w2 >= d2 / w2) {
        uncovered(row, d3, channels, mean, first, second);
        continue;
      }
      if (covered3 < d3) uncovered(row + covered3 * pixel, d3 - covered3, channels, mean, first, second);
      if ((plane % d1) % w1 != 0 || j % w2 != 0) continue;
      let base = row;
      for (let k: usize = 0; k < d3 / w3; k++) {
        for (let c: usize = 0; c < channels; c += 4) {
          const at = c << 2;
          const m = v128.load(mean + at);
          const s = v128.load(scale + at);
          const b = v128.load(beta + at);
          let best = normalised(v128.load(base + at), m, s, b);
          let index = i32x4.splat(0);
          for (let w: usize = 1; w < count; w++) {
            const other = normalised(v128.load(base + at + <usize>load<u32>(table + (w << 2))), m, s, b);
            const larger = f32x4.gt(other, best);
            best = v128.bitselect(other, best, larger);
            index = v128.bitselect(i32x4.splat(<i32>w), index, larger);
          }
          let g = v128.load(gradient + at);
          g = f32x4.mul(s, v128.bitselect(g, f32x4.mul(g, slope), f32x4.gt(best, zero)));
          const one = v128.load(first + at);
          const two = v128.load(second + at);
          for (let w: usize = 0; w < count; w++) {
            const place = base + at + <usize>load<u32>(table + (w << 2));
            const own = v128.and(g, i32x4.eq(index, i32x4.splat(<i32>w)));
            const part = f32x4.add(one, f32x4.mul(f32x4.sub(v128.load(place), m), two));
            storeLanes(place, f32x4.sub(own, part), channels - c);
          }
        }
        base += w3 * pixel;
        gradient += pixel;
      }
    }
  }
}
