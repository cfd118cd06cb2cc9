import { DataError, type Columns } from '../../src/stage/index.ts';

/** What a split knows of an utterance: the facts that two parts of a fold may share. */
export interface Utterance {
  readonly id: string;
  readonly speaker: string;
  readonly label: string;
  /** What was said, where the corpus tells. */
  readonly sentence: string | undefined;
  /** How many segments it has, where the split needs to know. */
  readonly segments: number | undefined;
}

/** @throws DataError when the speaker or the label is not known */
export function utteranceOf(columns: Columns, segments?: number): Utterance {
  const text = (name: string): string | undefined => {
    const value = columns[name];
    return value === null || value === undefined || value === '' ? undefined : String(value);
  };
  const id = text('id') ?? '';
  const [speaker, label] = [text('speaker'), text('label')];
  if (speaker === undefined || label === undefined) {
    const missing = speaker === undefined ? 'speaker' : 'label';
    throw new DataError(`no-${missing}`, `Utterance ${id} has no ${missing}.`, {
      advice: `A split needs the speaker and the label of every utterance: mend the corpus or its list.`,
    });
  }
  return { id, speaker, label, sentence: text('sentence'), segments };
}

/** The distinct values in order. */
export function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
