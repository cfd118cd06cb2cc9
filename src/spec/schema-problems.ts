import type { ErrorObject } from 'ajv';
import { isSchema, type Schema } from './closed-schema.ts';
import { choicesOf, describeSchema, showValue } from './describe-schema.ts';
import { didYouMean, nearest } from './did-you-mean.ts';
import { dotted, pathOf } from './source-tree.ts';

/** A schema error in the user's words. The path ends with the key for `unknown` and `bad-name`. */
export interface SchemaProblem {
  readonly kind: 'unknown' | 'missing' | 'invalid' | 'bad-name';
  readonly path: readonly string[];
  readonly message: string;
  readonly advice?: string;
}

/**
 * Tells ajv's errors as a person would: of the branches of an `anyOf` only the one that was meant,
 * of several errors of one value only one.
 */
export function schemaProblems(errors: readonly ErrorObject[], noun: 'key' | 'parameter'): readonly SchemaProblem[] {
  const problems = new Map<string, SchemaProblem>();
  for (const error of outerErrors(errors)) {
    for (const problem of isChoice(error) ? choiceProblems(error, errors, noun) : [plainProblem(error, noun)]) {
      problems.set(JSON.stringify([problem.kind, problem.path, problem.message]), problem);
    }
  }
  return [...problems.values()];
}

function isChoice(error: ErrorObject): boolean {
  return error.keyword === 'anyOf' || error.keyword === 'oneOf';
}

/** Leaves out the errors of branches and of property names, which a further error sums up, and those that only sum up. */
function outerErrors(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = errors.filter(isChoice);
  return errors.filter(
    (error) =>
      error.propertyName === undefined && error.keyword !== 'if' && !choices.some((choice) => isWithin(error, choice)),
  );
}

function isWithin(error: ErrorObject, choice: ErrorObject): boolean {
  const isBelow =
    error.instancePath === choice.instancePath || error.instancePath.startsWith(`${choice.instancePath}/`);
  return isBelow && error.schemaPath.startsWith(`${choice.schemaPath}/`);
}

function plainProblem(error: ErrorObject, noun: 'key' | 'parameter'): SchemaProblem {
  const path = pathOf(error.instancePath);
  const schema: Schema = isSchema(error.parentSchema) ? error.parentSchema : {};
  const params: Readonly<Record<string, unknown>> = error.params;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params.additionalProperty);
      const known = isSchema(schema.properties) ? Object.keys(schema.properties) : [];
      return {
        kind: 'unknown',
        path: [...path, key],
        message: `Unknown ${noun} \`${key}\`.`,
        advice: didYouMean(key, known, `${noun}s`),
      };
    }
    case 'required': {
      const key = String(params.missingProperty);
      const inner = isSchema(schema.properties) ? schema.properties[key] : undefined;
      const advice = isSchema(inner)
        ? sentence(`\`${key}\` is ${describeSchema(inner)}${explanation(inner)}`)
        : `Add \`${key}\`.`;
      return { kind: 'missing', path, message: `The ${noun} \`${key}\` is missing.`, advice };
    }
    case 'propertyNames': {
      const key = String(params.propertyName);
      const rule =
        isSchema(error.schema) && typeof error.schema.title === 'string' ? error.schema.title : 'Choose another name';
      return { kind: 'bad-name', path: [...path, key], message: `\`${key}\` is not a valid name.`, advice: `${rule}.` };
    }
    default:
      return invalidProblem(path, schema, error.data);
  }
}

function invalidProblem(path: readonly string[], schema: Schema, data: unknown): SchemaProblem {
  const advice =
    adviceFor(schema, data) ?? (typeof schema.description === 'string' ? sentence(schema.description) : undefined);
  const message = `\`${dotted(path)}\` must be ${describeSchema(schema)}, not ${showValue(data)}.`;
  return { kind: 'invalid', path, message, ...(advice === undefined ? {} : { advice }) };
}

function adviceFor(schema: Schema, data: unknown): string | undefined {
  if (typeof data !== 'string') return undefined;
  const choices = choicesOf(schema)?.filter((choice) => typeof choice === 'string');
  const meant = choices && nearest(data, choices);
  if (meant !== undefined) return `Did you mean \`${meant}\`?`;
  if (schema.type === 'boolean' && /^(yes|no|on|off|true|false)$/i.test(data))
    return 'YAML 1.2 has only `true` and `false`, without quotes.';
  const isNumber = schema.type === 'number' || schema.type === 'integer';
  return isNumber && data.trim() !== '' && Number.isFinite(Number(data)) ? `Write ${data} without quotes.` : undefined;
}

/** Descriptions end with a full stop or without one. */
const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`);

function explanation(schema: Schema): string {
  return typeof schema.description === 'string' ? `: ${schema.description}` : '';
}

function choiceProblems(
  choice: ErrorObject,
  errors: readonly ErrorObject[],
  noun: 'key' | 'parameter',
): readonly SchemaProblem[] {
  const schema: Schema = isSchema(choice.parentSchema) ? choice.parentSchema : {};
  const path = pathOf(choice.instancePath);
  const branches = branchErrors(choice, errors);
  const fitting = branches.filter((branch) => !branch.some((error) => isOfAnotherKind(error, choice)));
  const [meant] = fitting.filter((branch) => !branch.some((error) => isTag(error, choice)));
  if (meant && fitting.length > 0 && !choicesOf(schema)) return schemaProblems(meant, noun);
  const tag = commonTag(fitting, choice);
  if (!tag) return [invalidProblem(path, schema, choice.data)];
  return [invalidProblem(pathOf(tag.instancePath), { enum: tag.values }, tag.data)];
}

function branchErrors(choice: ErrorObject, errors: readonly ErrorObject[]): readonly (readonly ErrorObject[])[] {
  const branches = new Map<string, ErrorObject[]>();
  for (const error of errors) {
    if (error === choice || !isWithin(error, choice)) continue;
    const name = error.schemaPath.slice(choice.schemaPath.length + 1).split('/')[0] ?? '';
    branches.set(name, [...(branches.get(name) ?? []), error]);
  }
  return [...branches.values()];
}

/** A branch for another type, or another constant, was not meant. */
function isOfAnotherKind(error: ErrorObject, choice: ErrorObject): boolean {
  return error.instancePath === choice.instancePath && ['type', 'const', 'enum'].includes(error.keyword);
}

/** A constant in a property, such as `kind`, tells the branches of a union of objects apart. */
function isTag(error: ErrorObject, choice: ErrorObject): boolean {
  return error.keyword === 'const' && pathOf(error.instancePath).length === pathOf(choice.instancePath).length + 1;
}

function commonTag(branches: readonly (readonly ErrorObject[])[], choice: ErrorObject) {
  const tags = branches.flatMap((branch) => branch.filter((error) => isTag(error, choice)));
  const [first] = tags;
  if (!first || tags.length < branches.length || tags.some((tag) => tag.instancePath !== first.instancePath))
    return undefined;
  return {
    instancePath: first.instancePath,
    data: first.data,
    values: tags.map((tag): unknown => tag.params.allowedValue),
  };
}
