import type { MatrixPoint } from '../stage/index.ts';
import type { Predictions } from './predictions.ts';

/** The axis whose values are replicates; points that differ in others are different configurations. */
const replicateAxis = 'seed';

/** A matrix point without what tells replicates apart. */
export function configurationOf(point: MatrixPoint): MatrixPoint {
  return Object.fromEntries(Object.entries(point).filter(([axis]) => axis !== replicateAxis));
}

/** The replicates of one configuration. */
export interface Configuration {
  readonly point: MatrixPoint;
  readonly replicates: readonly Predictions[];
}

/** The predictions of a stage by configuration: those of different ones are never averaged. */
export function byConfiguration(all: readonly Predictions[]): readonly Configuration[] {
  const found = new Map<string, { readonly point: MatrixPoint; readonly replicates: Predictions[] }>();
  for (const one of all) {
    const point = configurationOf(one.point);
    const name = JSON.stringify(point);
    const known = found.get(name);
    if (known === undefined) found.set(name, { point, replicates: [one] });
    else known.replicates.push(one);
  }
  return [...found.values()];
}
