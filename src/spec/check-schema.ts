import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Json } from '../stage/index.ts';
import { closeSchema, type Schema } from './closed-schema.ts';
import { ajvPackage } from './lazy-packages.ts';
import { remembered, type Memory } from './memory.ts';

export type Checked = { readonly value: Json } | { readonly errors: readonly ErrorObject[] };

/** Checks a value by a JSON Schema and fills in the schema's defaults, in a copy. */
export type SchemaChecker = (schema: Schema, value: Json) => Checked;

export function schemaChecker(memory: Memory | undefined): SchemaChecker {
  return (schema, value) => {
    let errors: readonly ErrorObject[] = [];
    const checked = remembered(
      memory,
      ['schema', schema, value],
      () => {
        const copy: Json = structuredClone(value);
        const validate = validatorOf(schema);
        if (validate(copy)) return { value: copy };
        errors = [...(validate.errors ?? [])];
        return undefined;
      },
      isChecked,
    );
    return checked ?? { errors };
  };
}

function isChecked(value: unknown): value is { readonly value: Json } {
  return typeof value === 'object' && value !== null && 'value' in value;
}

const validators = new WeakMap<Schema, ValidateFunction>();
let ajv: InstanceType<ReturnType<typeof ajvPackage>['Ajv']> | undefined;

function validatorOf(schema: Schema): ValidateFunction {
  const known = validators.get(schema);
  if (known) return known;
  ajv ??= new (ajvPackage().Ajv)({
    allErrors: true,
    useDefaults: true,
    verbose: true,
    // Stage types are written in TypeScript; ajv's opinions on their schemas' style, and checking the schemas, cost time.
    strict: false,
    validateSchema: false,
    meta: false,
    // Recursive types of different stages have the same $id.
    addUsedSchema: false,
    validateFormats: false,
    logger: false,
  });
  const validate = ajv.compile(closeSchema(schema));
  validators.set(schema, validate);
  return validate;
}
