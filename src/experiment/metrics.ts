import { titleOf } from '../plan/task-title.ts';
import { isObject } from '../spec/source-tree.ts';
import type { RecordedResult } from './run-record.ts';

/** Headline figures by name. */
export type Metrics = Readonly<Record<string, number>>;

/**
 * The headline figures of a run: the value of `metrics` at the top of the JSON that its last stages give, where it is an
 * object of numbers. A figure that several results give is named after each of them: `summary permute=none.uar`.
 */
export function metricsOf(results: readonly RecordedResult[]): Metrics {
  const all = results.map((result) => ({ title: titleOf(result), figures: figuresOf(result) }));
  const counts = new Map<string, number>();
  for (const { figures } of all) for (const [name] of figures) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(
    all.flatMap(({ title, figures }) =>
      figures.map(([name, value]) => [counts.get(name) === 1 ? name : `${title}.${name}`, value]),
    ),
  );
}

function figuresOf({ value }: RecordedResult): [name: string, value: number][] {
  const metrics = isObject(value) ? value['metrics'] : undefined;
  if (!isObject(metrics)) return [];
  return Object.entries(metrics).filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
}
