import type { Json } from '../artifact.ts';
import { ArtifactError, describe } from './artifact-error.ts';

/** Deeper values are taken for a mistake, such as a tree that was meant to be a list. */
const deepest = 500;

/**
 * JSON text with sorted keys and no spaces, so that equal values have equal bytes (as RFC 8785: keys by UTF-16 code
 * units, the shortest digits that give the number back, -0 as 0). Throws an `ArtifactError` that names the path of
 * what JSON cannot hold: NaN, infinities, undefined, functions, class instances, cycles.
 */
export function canonicalJson(value: Json): string {
  return write(value, []);
}

/** `path` is one list for the whole walk, since a list for every number would cost more than the text. */
function write(value: unknown, path: (string | number)[]): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new ArtifactError(`has ${value} ${placeOf(path)}, which JSON cannot hold`);
    return JSON.stringify(value);
  }
  if (path.length > deepest) throw new ArtifactError(`is nested deeper than ${deepest} levels, or contains itself`);
  const writeAt = (step: string | number, inner: unknown): string => {
    path.push(step);
    const text = write(inner, path);
    path.pop();
    return text;
  };
  if (Array.isArray(value)) {
    return `[${Array.from(value, (entry: unknown, index) => writeAt(index, entry)).join(',')}]`;
  }
  if (isPlainObject(value)) {
    const keys = Object.keys(value).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${writeAt(key, value[key])}`).join(',')}}`;
  }
  throw new ArtifactError(`has a value ${placeOf(path)} that is ${describe(value)}, which JSON cannot hold`);
}

/** Reads JSON text in UTF-8, canonical or not. */
export function parseJson(bytes: Uint8Array): Json {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ArtifactError('is not JSON: its bytes are not UTF-8');
  }
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new ArtifactError(`is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function placeOf(path: readonly (string | number)[]): string {
  if (path.length === 0) return 'at its top';
  const steps = path.map((step, index) => {
    if (typeof step === 'number') return `[${step}]`;
    const plain = /^[A-Za-z_$][\w$]*$/.test(step);
    return plain ? `${index === 0 ? '' : '.'}${step}` : `[${JSON.stringify(step)}]`;
  });
  return `at ${steps.join('')}`;
}
