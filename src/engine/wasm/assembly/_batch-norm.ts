// Batch normalisation, max-pooling and leaky ReLU in one, over three spatial axes with channels last. The normalised
// values are never stored: one pass makes the statistics, one the pooled output, two the gradients, the last in place.
// Vectors reach over the last channels where these are no multiple of 4; tensors have room for that behind them.

/** Positions of one round of the statistics: they stay in the cache for a second look. */
const CHUNK: usize = 256;

/**
 * Mean and biased variance of each channel of x [positions, channels]; Chan's pairwise update in float64.
 * @param sums room for 2 * channels float64
 */
export function statistics(
  x: usize,
  positions: usize,
  channels: usize,
  sums: usize,
  mean: usize,
  variance: usize,
): void {
  const squares = sums + (channels << 3);
  const stride = channels << 2;
  memory.fill(sums, 0, channels << 4);
  for (let first: usize = 0; first < positions; first += CHUNK) {
    const count = min(CHUNK, positions - first);
    const from = x + first * stride;
    for (let c: usize = 0; c < channels; c += 4) {
      let sum = f32x4.splat(0);
      let place = from + (c << 2);
      for (let m: usize = 0; m < count; m++, place += stride) sum = f32x4.add(sum, v128.load(place));
      const average = f32x4.div(sum, f32x4.splat(<f32>count));
      let square = f32x4.splat(0);
      place = from + (c << 2);
      for (let m: usize = 0; m < count; m++, place += stride) {
        const difference = f32x4.sub(v128.load(place), average);
        square = f32x4.add(square, f32x4.mul(difference, difference));
      }
      v128.store(lanes, average);
      v128.store(lanes, square, 16);
      const end = min<usize>(4, channels - c);
      for (let lane: usize = 0; lane < end; lane++) {
        const at = (c + lane) << 3;
        const delta = <f64>load<f32>(lanes + (lane << 2)) - load<f64>(sums + at);
        const total = <f64>(first + count);
        store<f64>(sums + at, load<f64>(sums + at) + (delta * <f64>count) / total);
        const between = (delta * delta * <f64>first * <f64>count) / total;
        store<f64>(squares + at, load<f64>(squares + at) + <f64>load<f32>(lanes + (lane << 2), 16) + between);
      }
    }
  }
  for (let c: usize = 0; c < channels; c++) {
    store<f32>(mean + (c << 2), <f32>load<f64>(sums + (c << 3)));
    store<f32>(variance + (c << 2), <f32>(load<f64>(squares + (c << 3)) / <f64>positions));
  }
}

const lanes: usize = memory.data(32, 16);

/** moving = (1 - momentum) moving + momentum factor batch */
export function updateMoving(moving: usize, batch: usize, channels: usize, momentum: f32, factor: f32): void {
  for (let c: usize = 0; c < channels; c++) {
    const at = c << 2;
    store<f32>(moving + at, (1 - momentum) * load<f32>(moving + at) + momentum * (factor * load<f32>(batch + at)));
  }
}

/** inverse = 1 / sqrt(variance + epsilon), scale = gamma inverse */
export function prepare(
  variance: usize,
  gamma: usize,
  channels: usize,
  epsilon: f32,
  inverse: usize,
  scale: usize,
): void {
  for (let c: usize = 0; c < channels; c++) {
    const at = c << 2;
    const value = <f32>1 / sqrt<f32>(load<f32>(variance + at) + epsilon);
    store<f32>(inverse + at, value);
    store<f32>(scale + at, value * load<f32>(gamma + at));
  }
}

/** Byte offsets of a window's positions from its first, in the order in which the first largest one is sought. */
export function fillWindow(table: usize, w1: usize, w2: usize, w3: usize, d2: usize, d3: usize, channels: usize): void {
  for (let i: usize = 0; i < w1; i++) {
    for (let j: usize = 0; j < w2; j++) {
      for (let k: usize = 0; k < w3; k++) {
        store<u32>(table, <u32>((((i * d2 + j) * d3 + k) * channels) << 2));
        table += 4;
      }
    }
  }
}

export function storeLanes(place: usize, value: v128, count: usize): void {
  if (count >= 4) {
    v128.store(place, value);
    return;
  }
  v128.store(lanes, value);
  for (let lane: usize = 0; lane < count; lane++) store<f32>(place + (lane << 2), load<f32>(lanes + (lane << 2)));
}

export function normalised(x: v128, mean: v128, scale: v128, beta: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.sub(x, mean), scale), beta);
}

/** out [samples, d1 / w1, d2 / w2, d3 / w3, channels] from x [samples, d1, d2, d3, channels]. */
export function normalise(
  x: usize,
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
  out: usize,
): void {
  const windowEnd = table + ((w1 * w2 * w3) << 2);
  const slope = f32x4.splat(leak);
  const zero = f32x4.splat(0);
  for (let sample: usize = 0; sample < samples; sample++) {
    for (let i: usize = 0; i < d1 / w1; i++) {
      for (let j: usize = 0; j < d2 / w2; j++) {
        let base = x + ((((sample * d1 + i * w1) * d2 + j * w2) * d3 * channels) << 2);
        for (let k: usize = 0; k < d3 / w3; k++) {
          for (let c: usize = 0; c < channels; c += 4) {
            const at = c << 2;
            const m = v128.load(mean + at);
            const s = v128.load(scale + at);
            const b = v128.load(beta + at);
            let best = normalised(v128.load(base + at), m, s, b);
            for (let w = table + 4; w < windowEnd; w += 4) {
              best = f32x4.max(best, normalised(v128.load(base + at + <usize>load<u32>(w)), m, s, b));
            }
            best = v128.bitselect(best, f32x4.mul(best, slope), f32x4.gt(best, zero));
            storeLanes(out + at, best, channels - c);
          }
          base += (w3 * channels) << 2;
          out += channels << 2;
        }
      }
    }
  }
}
