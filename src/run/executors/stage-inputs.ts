import type { Columns, MatrixPoint } from '../../stage/index.ts';
import type { InputFiles, Job, JobFailure, JobInput } from '../job.ts';
import { attempt } from './attempt.ts';
import { KnownFailure } from './failures.ts';
import { readValue } from './read-files.ts';

export interface StageInputs {
  readonly values: Readonly<Record<string, unknown>>;
  /** The first input that could not be read, even when the stage's code caught the error. */
  readFailure(): JobFailure | undefined;
}

/** The inputs as the stage declares them: a value, or rows and entries that are read on demand. */
export function stageInputs(inputs: Job['inputs']): StageInputs {
  let failure: JobFailure | undefined;
  const read = (files: InputFiles): Promise<unknown> =>
    attempt(() => {
      try {
        return readValue(files);
      } catch (error) {
        if (error instanceof KnownFailure) failure ??= error.failure;
        throw error;
      }
    });
  const values = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, inputValue(input, read)]));
  return { values, readFailure: () => failure };
}

type Read = (files: InputFiles) => Promise<unknown>;

interface Row {
  readonly columns: Columns;
  readonly part: string | undefined;
  readonly rows: readonly number[] | undefined;
  read(): Promise<unknown>;
}

interface Entry {
  readonly point: MatrixPoint;
  read(): Promise<unknown>;
}

function inputValue(input: JobInput, read: Read): unknown {
  switch (input.kind) {
    case 'one':
      return readValue(input.files);
    case 'items':
      return input.rows.map(({ columns, part, rows, files }): Row => ({
        columns,
        part,
        rows,
        read: () => (files === undefined ? Promise.resolve(undefined) : read(files)),
      }));
    case 'each':
      return input.entries.map(({ point, files }): Entry => ({
        point,
        read: () => read(files),
      }));
  }
}
