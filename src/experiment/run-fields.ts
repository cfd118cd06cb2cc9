import type { RunRecord } from './run-record.ts';

/** What a list of runs shows, filters and sorts by. */
export type FieldValue = string | number | boolean;

/** Fields that are no facts about a run. */
const left: ReadonlySet<string> = new Set(['format', 'files', 'sum']);

/**
 * The values in a record by dotted path, such as `params.depth` and `metrics.uar`. A list of texts is one text with
 * commas, and another list is its JSON.
 */
export function fieldsOf(record: RunRecord): ReadonlyMap<string, FieldValue> {
  const fields = new Map<string, FieldValue>();
  for (const [name, value] of Object.entries(record)) if (!left.has(name)) addFields(name, value, fields);
  return fields;
}

function addFields(path: string, value: unknown, fields: Map<string, FieldValue>): void {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') fields.set(path, value);
  else if (Array.isArray(value)) fields.set(path, listText(value));
  else if (value === null) fields.set(path, 'null');
  else if (typeof value === 'object')
    for (const [name, inner] of Object.entries(value)) addFields(`${path}.${name}`, inner, fields);
}

const listText = (list: readonly unknown[]): string =>
  list.every((entry) => typeof entry === 'string') ? list.join(', ') : JSON.stringify(list);

/** Fields that a record may have, whether or not one has them now. */
const ownFields: readonly string[] = [
  'run',
  'pipeline',
  'spec',
  'overrides',
  'status',
  'startedAt',
  'endedAt',
  'seconds',
  'counts.cached',
  'counts.done',
  'counts.failed',
  'counts.skipped',
  'tasks',
  'headline',
  'error.code',
  'error.message',
  'process.machine',
  'environment.git.commit',
  'environment.git.dirty',
  'sweep.name',
  'sweep.id',
  'sweep.trial',
];

/** Where a name is looked for that is no field itself: `uar` is `metrics.uar`, `depth` is `params.depth`. */
const parents: readonly string[] = [
  'metrics',
  'params',
  'sweep',
  'counts',
  'environment.git',
  'environment',
  'process',
];

const otherNames: Readonly<Record<string, string>> = { sweep: 'sweep.name', took: 'seconds', error: 'error.code' };

/** The field that a person names, among those that there are; undefined for none. */
export function resolveField(name: string, known: ReadonlySet<string>): string | undefined {
  const candidates = [name, otherNames[name] ?? name, ...parents.map((parent) => `${parent}.${name}`)];
  return candidates.find((field) => known.has(field)) ?? candidates.find((field) => ownFields.includes(field));
}

/** Names by which fields can be called, for "did you mean": in short where that is enough. */
export function fieldNames(known: ReadonlySet<string>): readonly string[] {
  const all = [...new Set([...known, ...ownFields])];
  const shortened = all.flatMap((field) => {
    const parent = parents.find((candidate) => field.startsWith(`${candidate}.`));
    const name = parent === undefined ? field : field.slice(parent.length + 1);
    return resolveField(name, known) === field ? [name] : [];
  });
  return [...new Set([...shortened, ...all])];
}
