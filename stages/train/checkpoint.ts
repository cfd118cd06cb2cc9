import type { NumericArray } from '../../src/stage/index.ts';

/** What a training keeps between epochs: facts as JSON text, and groups of named arrays. */
export interface SavedState {
  readonly facts: string;
  readonly arrays: Readonly<Record<string, Readonly<Record<string, NumericArray>>>>;
}

const types = { Float32Array, Float64Array, Int32Array, Uint8Array } as const;
type TypeName = keyof typeof types;

interface Header {
  readonly facts: string;
  readonly arrays: readonly {
    readonly group: string;
    readonly name: string;
    readonly type: TypeName;
    readonly shape: readonly number[];
    readonly bytes: number;
  }[];
}

/** The state as bytes: the length of a JSON header (4 bytes, little endian), the header, the arrays one after another. */
export function packState({ facts, arrays }: SavedState): Uint8Array {
  const entries = Object.entries(arrays).flatMap(([group, named]) =>
    Object.entries(named).map(([name, { shape, data }]) => ({ group, name, shape, data })),
  );
  const header: Header = {
    facts,
    arrays: entries.map(({ group, name, shape, data }) => ({
      group,
      name,
      type: typeOf(data),
      shape,
      bytes: data.byteLength,
    })),
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const bodies = entries.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  return Buffer.concat([length, text, ...bodies]);
}

/** What `packState` packed, with the same bits. */
export function unpackState(bytes: Uint8Array): SavedState {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 4 + buffer.readUInt32LE(0);
  const header = JSON.parse(buffer.toString('utf8', 4, end)) as Header;
  const arrays: Record<string, Record<string, NumericArray>> = {};
  let position = end;
  for (const { group, name, type, shape, bytes: length } of header.arrays) {
    // A copy: the arrays must start where their element size divides their offset.
    const body = new Uint8Array(buffer.subarray(position, position + length));
    (arrays[group] ??= {})[name] = { shape, data: new types[type](body.buffer) };
    position += length;
  }
  return { facts: header.facts, arrays };
}

function typeOf(data: NumericArray['data']): TypeName {
  if (data instanceof Float32Array) return 'Float32Array';
  if (data instanceof Float64Array) return 'Float64Array';
  return data instanceof Int32Array ? 'Int32Array' : 'Uint8Array';
}
