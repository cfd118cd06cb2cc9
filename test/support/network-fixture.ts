import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import createWasmEngine, { type WasmEngine } from '../../src/engine/wasm/index.ts';

const root = path.resolve(import.meta.dirname, '../..');

export function wasmEngine(): Promise<WasmEngine> {
  const asset = (name: string) => readFile(path.join(root, 'src/engine/wasm', name));
  return createWasmEngine({ threads: 1, asset });
}

/** An array as test/fixtures/network/make.py writes it. */
export interface Packed {
  readonly shape: readonly number[];
  readonly data: string;
}

export function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(path.join(root, 'test/fixtures/network', name), 'utf8')) as unknown;
}

export function unpack({ data }: Packed): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(data, 'base64')).buffer);
}

/** Expects the largest difference to be at most `tolerance` of the largest reference value. */
export function expectClose(actual: Float32Array, reference: Packed, tolerance: number, what: string): void {
  const expected = unpack(reference);
  expect(actual.length, what).toBe(expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  const difference = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - (actual[at] ?? NaN))), 0);
  expect(difference / largest, `${what}: largest relative difference`).toBeLessThanOrEqual(tolerance);
}
