import { enumerate } from './did-you-mean.ts';
import { isSchema, type Schema } from './closed-schema.ts';

/** What a JSON Schema accepts, in words: `an integer from 3 to 6`. Its `title` goes before. */
export function describeSchema(schema: Schema): string {
  if (typeof schema.title === 'string') return schema.title;
  const choices = choicesOf(schema);
  if (choices) return choices.length === 1 ? choices.map(code).join('') : `one of ${enumerate(choices.map(code))}`;
  const branches = branchesOf(schema);
  if (branches) return branches.map(describeSchema).join(', or ');
  const type = schema.type;
  if (Array.isArray(type)) return type.map((one: unknown) => describeSchema({ ...schema, type: one })).join(', or ');
  return typeof type === 'string' ? describeType(type, schema) : 'something else';
}

/** The values that a schema lists, if it is a choice of constants. */
export function choicesOf(schema: Schema): readonly unknown[] | undefined {
  if ('const' in schema) return [schema.const];
  if (Array.isArray(schema.enum)) return schema.enum as readonly unknown[];
  const choices = branchesOf(schema)?.map(choicesOf);
  return choices?.every((choice) => choice !== undefined) ? choices.flat() : undefined;
}

export function branchesOf(schema: Schema): readonly Schema[] | undefined {
  const branches = schema.anyOf ?? schema.oneOf;
  return Array.isArray(branches) ? branches.filter(isSchema) : undefined;
}

/** A value in a message, short. */
export function showValue(value: unknown): string {
  if (value === null) return 'empty (null)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = typeof value === 'string' ? `the text "${value}"` : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function describeType(type: string, schema: Schema): string {
  switch (type) {
    case 'integer':
      return `an integer${bounds(schema)}`;
    case 'number':
      return `a number${bounds(schema)}`;
    case 'string':
      return typeof schema.pattern === 'string'
        ? `text that matches /${schema.pattern}/`
        : `text${sizes(schema, 'Length', 'character')}`;
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'array': {
      const entries = isSchema(schema.items) ? `, each ${describeSchema(schema.items)}` : '';
      const unique = schema.uniqueItems === true ? ' without repetitions' : '';
      return `a list${sizes(schema, 'Items', 'entry')}${unique}${entries}`;
    }
    case 'object':
      return `a mapping${sizes(schema, 'Properties', 'entry')}`;
    default:
      return type;
  }
}

function bounds(schema: Schema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const step = typeof multipleOf === 'number' ? `, a multiple of ${multipleOf}` : '';
  if (typeof minimum === 'number' && typeof maximum === 'number') return ` from ${minimum} to ${maximum}${step}`;
  const lower =
    typeof minimum === 'number'
      ? ` of at least ${minimum}`
      : typeof exclusiveMinimum === 'number'
        ? ` above ${exclusiveMinimum}`
        : '';
  const upper =
    typeof maximum === 'number'
      ? ` of at most ${maximum}`
      : typeof exclusiveMaximum === 'number'
        ? ` below ${exclusiveMaximum}`
        : '';
  return `${lower}${lower && upper ? ' and' : ''}${upper}${step}`;
}

function sizes(schema: Schema, suffix: 'Length' | 'Items' | 'Properties', noun: string): string {
  const [least, most] = [schema[`min${suffix}`], schema[`max${suffix}`]];
  const plural = noun === 'entry' ? 'entries' : `${noun}s`;
  const counted = (count: number) => `${count} ${count === 1 ? noun : plural}`;
  if (typeof least === 'number' && typeof most === 'number') {
    return least === most ? ` of ${counted(least)}` : ` of ${least} to ${counted(most)}`;
  }
  if (typeof least === 'number' && least > 0) return ` of at least ${counted(least)}`;
  return typeof most === 'number' ? ` of at most ${counted(most)}` : '';
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
