/**
 * A value that is not what its artifact type says, or bytes that do not hold one. The message completes the sentence
 * "audio ...": "is not a WAV file: ...".
 */
export class ArtifactError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ArtifactError';
  }
}

/** What a value is, in words for a message: `a Float64Array`, `null`, `a string`. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'object') {
    const made: unknown = Reflect.get(value, 'constructor');
    return typeof made === 'function' && made !== Object ? `of class ${made.name}` : 'an object';
  }
  if (typeof value === 'number') return `the number ${value}`;
  return `a ${typeof value}`;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
