import { exitCodes, PipeError } from '../../errors.ts';

const ALIGNMENT = 64;
/** Vector kernels read and write a little past the end. */
const MARGIN = 64;
const PAGE = 65536;
const LARGEST = 65536 * PAGE;

/** Hands out pieces of a WebAssembly memory, first fit; freed neighbours become one piece again. */
export interface MemoryPool {
  /** @returns the byte address of at least `bytes` bytes, not cleared */
  allocate(bytes: number): number;
  free(address: number): void;
  /** A view that holds until the next `allocate`. */
  floats(address: number, size: number): Float32Array;
  integers(address: number, size: number): Uint32Array;
  /** Bytes in use. */
  used(): number;
}

export function createMemoryPool(memory: WebAssembly.Memory, start: number): MemoryPool {
  const sizes = new Map<number, number>();
  const first = roundUp(start);
  let gaps = [{ address: first, bytes: memory.buffer.byteLength - first }];
  let used = 0;

  const grow = (bytes: number) => {
    const end = memory.buffer.byteLength;
    const last = gaps.at(-1);
    const touching = last && last.address + last.bytes === end ? last : undefined;
    const missing = bytes - (touching?.bytes ?? 0);
    const pages = Math.ceil(missing / PAGE);
    if (end + pages * PAGE > LARGEST || !grown(memory, pages)) throw outOfMemory(used + bytes);
    if (touching) touching.bytes += pages * PAGE;
    else gaps.push({ address: end, bytes: pages * PAGE });
  };

  return {
    allocate(wanted) {
      const bytes = roundUp(wanted + MARGIN);
      if (!gaps.some((gap) => gap.bytes >= bytes)) grow(bytes);
      const gap = gaps.find((candidate) => candidate.bytes >= bytes);
      if (!gap) throw outOfMemory(used + bytes);
      const address = gap.address;
      gap.address += bytes;
      gap.bytes -= bytes;
      if (gap.bytes === 0) gaps = gaps.filter((candidate) => candidate !== gap);
      sizes.set(address, bytes);
      used += bytes;
      return address;
    },
    free(address) {
      const bytes = sizes.get(address);
      if (bytes === undefined) throw new Error(`nothing is allocated at ${address}`);
      sizes.delete(address);
      used -= bytes;
      gaps = joined([...gaps, { address, bytes }]);
    },
    floats: (address, size) => new Float32Array(memory.buffer, address, size),
    integers: (address, size) => new Uint32Array(memory.buffer, address, size),
    used: () => used,
  };
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function grown(memory: WebAssembly.Memory, pages: number): boolean {
  try {
    memory.grow(pages);
    return true;
  } catch {
    return false;
  }
}

interface Gap {
  address: number;
  bytes: number;
}

function joined(gaps: Gap[]): Gap[] {
  const result: Gap[] = [];
  for (const gap of gaps.sort((one, other) => one.address - other.address)) {
    const last = result.at(-1);
    if (last && last.address + last.bytes === gap.address) last.bytes += gap.bytes;
    else result.push(gap);
  }
  return result;
}

function outOfMemory(bytes: number): PipeError {
  const mebibytes = Math.ceil(bytes / 2 ** 20);
  return new PipeError('engine-memory', `The wasm engine cannot have the ${mebibytes} MiB that this network needs.`, {
    exitCode: exitCodes.environment,
    advice:
      'Lower batchSize or the number of filters, pool more, or use the tensorflow engine (the limit is 4096 MiB).',
  });
}
