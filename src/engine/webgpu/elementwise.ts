import type { AdamSettings, Engine, EngineTensor, SgdSettings } from '../../stage/engine.ts';
import { power } from '../power.ts';
import { sizeOf } from '../shape.ts';
import type { Arena } from './arena.ts';
import { elementwise, f32, flatGroups, u32 } from './wgsl.ts';

export function relu(arena: Arena, x: EngineTensor): ReturnType<Engine['relu']> {
  const size = sizeOf(x.shape);
  const output = arena.make(x.shape);
  arena.gpu.run({
    key: 'relu',
    arrays: { x: arena.read(x), output: arena.write(output) },
    numbers: { size: u32(size) },
    groups: flatGroups(size),
    code: () => elementwise('output[i] = max(x[i], 0.0);'),
  });
  return {
    output,
    gradient(outputGradient) {
      const result = arena.make(x.shape);
      arena.gpu.run({
        key: 'relu: gradient',
        arrays: { output: arena.read(output), gradient: arena.read(outputGradient), result: arena.write(result) },
        numbers: { size: u32(size) },
        groups: flatGroups(size),
        code: () => elementwise('result[i] = select(0.0, gradient[i], output[i] > 0.0);'),
      });
      return result;
    },
  };
}

export function multiply(arena: Arena, x: EngineTensor, mask: EngineTensor): EngineTensor {
  const size = sizeOf(x.shape);
  const output = arena.make(x.shape);
  arena.gpu.run({
    key: 'multiply',
    arrays: { x: arena.read(x), factor: arena.read(mask), output: arena.write(output) },
    numbers: { size: u32(size) },
    groups: flatGroups(size),
    code: () => elementwise('output[i] = x[i] * factor[i];'),
  });
  return output;
}

export function adam(
  arena: Arena,
  parameter: EngineTensor,
  gradient: EngineTensor,
  first: EngineTensor,
  second: EngineTensor,
  { rate, beta1, beta2, epsilon, step }: AdamSettings,
): void {
  const size = sizeOf(parameter.shape);
  arena.gpu.run({
    key: 'adam',
    arrays: {
      parameter: arena.write(parameter),
      gradient: arena.read(gradient),
      first: arena.write(first),
      second: arena.write(second),
    },
    numbers: {
      size: u32(size),
      beta1: f32(beta1),
      // Not in the program: 1 - 0.999 in 32 bits would be off by 1e-5.
      rest1: f32(1 - beta1),
      beta2: f32(beta2),
      rest2: f32(1 - beta2),
      corrected: f32(rate / (1 - power(beta1, step))),
      root: f32(Math.sqrt(1 - power(beta2, step))),
      epsilon: f32(epsilon),
    },
    groups: flatGroups(size),
    code: () =>
      elementwise(`
        let g = gradient[i];
        let m = numbers.beta1 * first[i] + numbers.rest1 * g;
        let v = numbers.beta2 * second[i] + numbers.rest2 * g * g;
        first[i] = m;
        second[i] = v;
        parameter[i] -= numbers.corrected * m / (sqrt(v) / numbers.root + numbers.epsilon);`),
  });
}

export function sgd(
  arena: Arena,
  parameter: EngineTensor,
  gradient: EngineTensor,
  velocity: EngineTensor,
  { rate, momentum }: SgdSettings,
): void {
  const size = sizeOf(parameter.shape);
  arena.gpu.run({
    key: 'sgd',
    arrays: {
      parameter: arena.write(parameter),
      gradient: arena.read(gradient),
      velocity: arena.write(velocity),
    },
    numbers: { size: u32(size), rate: f32(rate), momentum: f32(momentum) },
    groups: flatGroups(size),
    code: () =>
      elementwise(`
        let v = numbers.momentum * velocity[i] + gradient[i];
        velocity[i] = v;
        parameter[i] -= numbers.rate * v;`),
  });
}
