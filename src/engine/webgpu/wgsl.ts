import type { NumberBinding } from './gpu.ts';

/** Threads of a group in programs where each computes numbers by itself. */
export const THREADS = 64;

/** Largest group that every device has. */
export const MOST_THREADS = 128;

/** Bytes of memory that every device gives a group. */
export const GROUP_BYTES = 16384;

/** Groups on one axis that every device has. */
export const MOST_GROUPS = 65535;

export const u32 = (value: number): NumberBinding => ({ value, type: 'u32' });
export const f32 = (value: number): NumberBinding => ({ value, type: 'f32' });

/** The head of a program's main function: `group`, `groups` and `thread` say where it runs. */
export function main(threads: number): string {
  return `@compute @workgroup_size(${threads})
    fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
            @builtin(local_invocation_index) thread: u32)`;
}

/** A program whose threads each do `body` for one `i` below `numbers.size`. */
export function elementwise(body: string): string {
  return `${main(THREADS)} {
    let i = (group.y * groups.x + group.x) * ${THREADS}u + thread;
    if (i < numbers.size) { ${body} }
  }`;
}

/** Groups for `elementwise`. */
export function flatGroups(size: number): [number, number, number] {
  const groups = Math.max(1, Math.ceil(size / THREADS));
  const y = Math.ceil(groups / MOST_GROUPS);
  return [Math.ceil(groups / y), y, 1];
}

/** exp and tanh of some drivers overflow to what is no number: WGSL leaves that open. */
export const gateFunctions = `
  fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp(-clamp(x, -60.0, 60.0))); }
  fn hyperbolic(x: f32) -> f32 { return 1.0 - 2.0 / (exp(2.0 * clamp(x, -20.0, 20.0)) + 1.0); }
`;
