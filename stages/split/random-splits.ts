import { DataError, type PartMember, type RandomStream } from '../../src/stage/index.ts';
import type { Fold } from './fold.ts';
import { holdOut } from './hold-out.ts';
import type { Utterance } from './utterance.ts';

export interface RandomSplitOptions {
  /** How many independent splits. */
  readonly splits: number;
  /** What is drawn: whole utterances, or their segments one by one. */
  readonly unit: 'utterance' | 'segment';
  readonly testFraction: number;
  /** Share of the training units; 0 for no development part. */
  readonly developmentFraction: number;
  readonly random: (name: string) => RandomStream;
}

/**
 * Random splits, not stratified, named `random-1`, `random-2`, …: the speaker-dependent protocol.
 * With `unit: segment` the segments of an utterance fall on both sides, which the leak guard refuses unless allowed.
 *
 * @throws DataError when there is too little to split
 */
export function randomSplits(utterances: readonly Utterance[], options: RandomSplitOptions): Fold[] {
  const units: readonly Unit[] =
    options.unit === 'segment' ? utterances.flatMap(segmentsOf) : utterances.map(({ id }) => id);
  return Array.from({ length: options.splits }, (_, index) => {
    const name = `random-${index + 1}`;
    const test = holdOut(units, options.testFraction, options.random(`test/${name}`), 'test');
    const training =
      options.developmentFraction > 0
        ? holdOut(test.kept, options.developmentFraction, options.random(`development/${name}`), 'development')
        : { kept: test.kept, held: [] };
    return {
      name,
      parts: { train: gathered(training.kept), development: gathered(training.held), test: gathered(test.held) },
    };
  });
}

/** An utterance's id, or one of its segments. */
type Unit = string | Segment;

interface Segment {
  readonly id: string;
  readonly row: number;
}

function segmentsOf({ id, segments }: Utterance): Segment[] {
  if (segments === undefined) {
    throw new DataError('no-segments', 'A split with `unit: segment` must know the segments of each utterance.', {
      advice: 'Bind the split to the stage that makes them: `needs: { items: corpus, segments: segments }`.',
    });
  }
  return Array.from({ length: segments }, (_, row) => ({ id, row }));
}

/** The units as members of a part: segments gathered by their utterance. */
function gathered(units: readonly Unit[]): PartMember[] {
  const rows = new Map<string, number[]>();
  const members: PartMember[] = [];
  for (const unit of units) {
    if (typeof unit === 'string') {
      members.push(unit);
      continue;
    }
    const known = rows.get(unit.id);
    if (known) known.push(unit.row);
    else {
      const first = [unit.row];
      rows.set(unit.id, first);
      members.push({ id: unit.id, rows: first });
    }
  }
  return members;
}
