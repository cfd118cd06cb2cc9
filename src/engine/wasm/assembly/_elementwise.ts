// Elementwise work in whole vectors: tensors have room for the last one. Sizes in floats.

/** x [rows, width] = (x - mean) scale, in place; mean and scale [width]. */
export function standardise(x: usize, rows: usize, width: usize, mean: usize, scale: usize): void {
  const whole = width & ~3;
  for (let m: usize = 0; m < rows; m++) {
    for (let d: usize = 0; d < whole; d += 4) {
      const centred = f32x4.sub(v128.load(x + (d << 2)), v128.load(mean + (d << 2)));
      v128.store(x + (d << 2), f32x4.mul(centred, v128.load(scale + (d << 2))));
    }
    for (let d = whole; d < width; d++) {
      const at = d << 2;
      store<f32>(x + at, (load<f32>(x + at) - load<f32>(mean + at)) * load<f32>(scale + at));
    }
    x += width << 2;
  }
}

export function product(x: usize, y: usize, size: usize, out: usize): void {
  for (let at: usize = 0; at < size << 2; at += 16) {
    v128.store(out + at, f32x4.mul(v128.load(x + at), v128.load(y + at)));
  }
}

export function relu(x: usize, size: usize, out: usize): void {
  const zero = f32x4.splat(0);
  for (let at: usize = 0; at < size << 2; at += 16) v128.store(out + at, f32x4.max(v128.load(x + at), zero));
}

/** The gradient where relu's output is above zero. */
export function reluGradient(output: usize, gradient: usize, size: usize, out: usize): void {
  const zero = f32x4.splat(0);
  for (let at: usize = 0; at < size << 2; at += 16) {
    v128.store(out + at, v128.and(v128.load(gradient + at), f32x4.gt(v128.load(output + at), zero)));
  }
}

/** Over each row of [rows, classes]. */
export function softmax(logits: usize, rows: usize, classes: usize, out: usize): void {
  for (let m: usize = 0; m < rows; m++) {
    const row = (m * classes) << 2;
    let largest: f32 = -Infinity;
    for (let c: usize = 0; c < classes; c++) largest = max(largest, load<f32>(logits + row + (c << 2)));
    let sum: f64 = 0;
    for (let c: usize = 0; c < classes; c++) sum += power(logits + row + (c << 2), largest);
    for (let c: usize = 0; c < classes; c++) {
      store<f32>(out + row + (c << 2), <f32>(power(logits + row + (c << 2), largest) / sum));
    }
  }
}

function power(logit: usize, largest: f32): f64 {
  return NativeMath.exp(<f64>load<f32>(logit) - <f64>largest);
}

/**
 * Weighted mean of the rows' cross-entropy, and its gradient by the logits.
 * @param labels integers [rows]
 * @param weights of the classes
 */
export function crossEntropy(
  logits: usize,
  labels: usize,
  weights: usize,
  rows: usize,
  classes: usize,
  loss: usize,
  gradient: usize,
): void {
  let total: f64 = 0;
  for (let m: usize = 0; m < rows; m++) total += weightOf(labels, weights, m);
  let sum: f64 = 0;
  for (let m: usize = 0; m < rows; m++) {
    const row = (m * classes) << 2;
    const label = <usize>load<u32>(labels + (m << 2));
    const share = weightOf(labels, weights, m) / total;
    let largest: f32 = -Infinity;
    for (let c: usize = 0; c < classes; c++) largest = max(largest, load<f32>(logits + row + (c << 2)));
    let powers: f64 = 0;
    for (let c: usize = 0; c < classes; c++) powers += power(logits + row + (c << 2), largest);
    sum += share * (NativeMath.log(powers) - (<f64>load<f32>(logits + row + (label << 2)) - <f64>largest));
    for (let c: usize = 0; c < classes; c++) {
      const probability = power(logits + row + (c << 2), largest) / powers;
      store<f32>(gradient + row + (c << 2), <f32>(share * (probability - (c == label ? 1 : 0))));
    }
  }
  store<f32>(loss, <f32>sum);
}

function weightOf(labels: usize, weights: usize, row: usize): f64 {
  return <f64>load<f32>(weights + ((<usize>load<u32>(labels + (row << 2))) << 2));
}

/** rate and root are corrected for the moments' bias by the caller: p -= rate first / (sqrt(second) / root + epsilon) */
export function adam(
  parameter: usize,
  gradient: usize,
  first: usize,
  second: usize,
  size: usize,
  beta1: f64,
  beta2: f64,
  rate: f32,
  root: f32,
  epsilon: f32,
): void {
  const keep1 = f32x4.splat(<f32>beta1);
  const take1 = f32x4.splat(<f32>(1 - beta1));
  const keep2 = f32x4.splat(<f32>beta2);
  const take2 = f32x4.splat(<f32>(1 - beta2));
  for (let at: usize = 0; at < size << 2; at += 16) {
    const g = v128.load(gradient + at);
    const m = f32x4.add(f32x4.mul(keep1, v128.load(first + at)), f32x4.mul(take1, g));
    const v = f32x4.add(f32x4.mul(keep2, v128.load(second + at)), f32x4.mul(take2, f32x4.mul(g, g)));
    v128.store(first + at, m);
    v128.store(second + at, v);
    const below = f32x4.add(f32x4.div(f32x4.sqrt(v), f32x4.splat(root)), f32x4.splat(epsilon));
    const change = f32x4.div(f32x4.mul(f32x4.splat(rate), m), below);
    v128.store(parameter + at, f32x4.sub(v128.load(parameter + at), change));
  }
}

export function sgd(parameter: usize, gradient: usize, velocity: usize, size: usize, rate: f32, momentum: f32): void {
  for (let at: usize = 0; at < size << 2; at += 16) {
    const v = f32x4.add(f32x4.mul(f32x4.splat(momentum), v128.load(velocity + at)), v128.load(gradient + at));
    v128.store(velocity + at, v);
    v128.store(parameter + at, f32x4.sub(v128.load(parameter + at), f32x4.mul(f32x4.splat(rate), v)));
  }
}
