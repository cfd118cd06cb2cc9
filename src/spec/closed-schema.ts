import { isObject } from './source-tree.ts';

export type Schema = Readonly<Record<string, unknown>>;

const closed = new WeakMap<Schema, Schema>();

/**
 * The schema with every object that lists its properties closed to others, so that a misspelt parameter is an error
 * and not another experiment. Parts of an `allOf` stay open: each sees the others' properties.
 */
export function closeSchema(schema: Schema): Schema {
  const known = closed.get(schema);
  if (known) return known;
  const result = mapSchema(schema, (part) =>
    isObject(part.properties) && part.additionalProperties === undefined
      ? { ...part, additionalProperties: false }
      : part,
  );
  closed.set(schema, result);
  return result;
}

/** Rebuilds a schema from its leaves up. */
export function mapSchema(schema: Schema, change: (schema: Schema) => Schema): Schema {
  const inner = (part: unknown): unknown => (isSchema(part) ? mapSchema(part, change) : part);
  const entries = Object.entries(schema).map(([key, value]) => {
    if ((key === 'properties' || key === 'patternProperties') && isSchema(value)) {
      return [key, Object.fromEntries(Object.entries(value).map(([name, part]) => [name, inner(part)]))];
    }
    if ((key === 'anyOf' || key === 'oneOf') && Array.isArray(value)) return [key, value.map(inner)];
    if (key === 'items' && Array.isArray(value)) return [key, value.map(inner)];
    if (key === 'items' || key === 'additionalProperties') return [key, inner(value)];
    return [key, value];
  });
  const rebuilt: Schema = Object.fromEntries(entries) as Schema;
  return change(rebuilt);
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
