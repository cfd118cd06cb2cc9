import { type Configuration, type Predictions, byConfiguration } from '../experiment/index.ts';
import type { MatrixPoint } from '../stage/index.ts';
import { type Results, resultsOf } from './clusters.ts';
import { nameFor } from './tables/table.ts';

/** One configuration in the matrix of a run, with what its replicates have reached. */
export interface ScoredConfiguration extends Configuration {
  /** `depth 3`; '' where the run has one alone. */
  readonly name: string;
  /** How the names of its files and anchors end. */
  readonly ending: string;
  readonly results: Results;
}

/** Every configuration by itself: a mean over several would be that of none. */
export function scoredConfigurations(predictions: readonly Predictions[]): readonly ScoredConfiguration[] {
  const all = byConfiguration(predictions);
  const taken = new Set<string>();
  return all.map((one) => {
    const results = resultsOf(one.replicates);
    if (all.length === 1) return { ...one, name: '', ending: '', results };
    const name = pointText(one.point);
    const ending = nameFor(name, taken);
    taken.add(ending);
    return { ...one, name, ending: `-${ending}`, results };
  });
}

/** `depth 3, seed 1` */
export const pointText = (point: MatrixPoint): string =>
  Object.entries(point)
    .map(([axis, value]) => `${axis} ${value}`)
    .join(', ');

type Named = Pick<ScoredConfiguration, 'name' | 'ending'>;

/** A table or figure of a configuration, which its title tells. */
export const partOf = <T extends { readonly name: string; readonly title: string }>(
  { name, ending }: Named,
  part: T,
): T => ({ ...part, name: `${part.name}${ending}`, title: titleWith(name, part.title) });

/** A section of a page of a configuration. */
export const sectionOf = <T extends { readonly id: string; readonly title: string }>(
  { name, ending }: Named,
  section: T,
): T => ({ ...section, id: `${section.id}${ending}`, title: titleWith(name, section.title) });

const titleWith = (name: string, title: string): string => (name === '' ? title : `${title} (${name})`);
