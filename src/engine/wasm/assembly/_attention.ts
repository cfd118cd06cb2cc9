// Attention pooling: alpha = softmax_t(vector . h_t), out = sum_t alpha_t h_t over the first length steps of a sample.

/** @param lengths integers [samples]; weights [samples, steps]; out [samples, width] */
export function attention(
  h: usize,
  vector: usize,
  lengths: usize,
  samples: usize,
  steps: usize,
  width: usize,
  weights: usize,
  out: usize,
): void {
  for (let n: usize = 0; n < samples; n++) {
    const length = <usize>load<u32>(lengths + (n << 2));
    const alpha = weights + ((n * steps) << 2);
    const from = h + ((n * steps * width) << 2);
    memory.fill(alpha, 0, steps << 2);
    let largest: f32 = -Infinity;
    for (let t: usize = 0; t < length; t++) {
      let score: f32 = 0;
      for (let d: usize = 0; d < width; d++) {
        score += load<f32>(vector + (d << 2)) * load<f32>(from + ((t * width + d) << 2));
      }
      store<f32>(alpha + (t << 2), score);
      largest = max(largest, score);
    }
    let sum: f64 = 0;
    for (let t: usize = 0; t < length; t++) sum += NativeMath.exp(<f64>load<f32>(alpha + (t << 2)) - <f64>largest);
    const to = out + ((n * width) << 2);
    memory.fill(to, 0, width << 2);
    for (let t: usize = 0; t < length; t++) {
      const place = alpha + (t << 2);
      const weight = <f32>(NativeMath.exp(<f64>load<f32>(place) - <f64>largest) / sum);
      store<f32>(place, weight);
      for (let d: usize = 0; d < width; d++) {
        const at = to + (d << 2);
        store<f32>(at, load<f32>(at) + weight * load<f32>(from + ((t * width + d) << 2)));
      }
    }
  }
}

/** @param scores room for steps floats; inputGradient as h, vectorGradient as vector */
export function attentionGradient(
  h: usize,
  vector: usize,
  weights: usize,
  outGradient: usize,
  samples: usize,
  steps: usize,
  width: usize,
  scores: usize,
  inputGradient: usize,
  vectorGradient: usize,
): void {
  memory.fill(vectorGradient, 0, width << 2);
  for (let n: usize = 0; n < samples; n++) {
    const alpha = weights + ((n * steps) << 2);
    const own = outGradient + ((n * width) << 2);
    const rows = (n * steps * width) << 2;
    let mean: f32 = 0;
    for (let t: usize = 0; t < steps; t++) {
      let product: f32 = 0;
      for (let d: usize = 0; d < width; d++) {
        product += load<f32>(own + (d << 2)) * load<f32>(h + rows + ((t * width + d) << 2));
      }
      store<f32>(scores + (t << 2), product);
      mean += load<f32>(alpha + (t << 2)) * product;
    }
    for (let t: usize = 0; t < steps; t++) {
      const weight = load<f32>(alpha + (t << 2));
      const score = weight * (load<f32>(scores + (t << 2)) - mean);
      for (let d: usize = 0; d < width; d++) {
        const at = rows + ((t * width + d) << 2);
        store<f32>(inputGradient + at, weight * load<f32>(own + (d << 2)) + score * load<f32>(vector + (d << 2)));
        const place = vectorGradient + (d << 2);
        store<f32>(place, load<f32>(place) + score * load<f32>(h + at));
      }
    }
  }
}
