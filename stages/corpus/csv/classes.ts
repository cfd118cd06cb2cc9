import { closest, distance } from 'fastest-levenshtein';
import { DataError } from '../../../src/stage/index.ts';
import type { ListRow } from './read-list.ts';

/** Names of classes, each covering the label of its name; or the labels that each class covers. */
export type Classes = readonly string[] | Readonly<Record<string, readonly string[]>>;

/** In their order. */
export function classNames(classes: Classes): readonly string[] {
  return isList(classes) ? classes : Object.keys(classes);
}

/** The class of each label. */
export function classesOfLabels(classes: Classes): Map<string, string> {
  if (isList(classes)) return new Map(classes.map((name) => [name, name]));
  const covered = new Map<string, string>();
  for (const [name, labels] of Object.entries(classes)) {
    for (const label of labels) {
      const other = covered.get(label);
      if (other !== undefined) {
        throw new DataError('ambiguous-label', `the label \`${label}\` belongs to the classes ${other} and ${name}`, {
          advice: 'List it under one of them.',
        });
      }
      covered.set(label, name);
    }
  }
  return covered;
}

/** One line for each label that no class covers, with the rows that have it. */
export function uncoveredLabels(rows: readonly ListRow[], covered: ReadonlyMap<string, string>): string[] {
  const lines = new Map<string, number[]>();
  for (const { line, fields } of rows) {
    const label = fields.label ?? '';
    if (label === '' || covered.has(label)) continue;
    lines.set(label, [...(lines.get(label) ?? []), line]);
  }
  return [...lines].map(([label, places]) => {
    const where = `line${places.length > 1 ? 's' : ''} ${places.join(', ')}`;
    return `no class covers the label \`${label}\`${suggestion(label, [...covered.keys()])} (${where})`;
  });
}

function isList(classes: Classes): classes is readonly string[] {
  return Array.isArray(classes);
}

function suggestion(label: string, labels: readonly string[]): string {
  const nearest = closest(label, labels);
  const near = Math.min(label.length - 1, Math.ceil(label.length / 3));
  return distance(label, nearest) <= near ? `, did you mean \`${nearest}\`?` : '';
}
