import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMadeUpRuns } from '../../bench/support/made-up-runs.ts';
import { changedFiles, readPredictions, readRun } from '../../src/experiment/index.ts';

test('made-up runs are records as any other', () => {
  const made = createMadeUpRuns(8);
  try {
    const records = made.runs.map(({ pipeline, run }) => {
      const folder = join(made.experiments, pipeline, run);
      const record = readRun(folder);
      if ('detail' in record) throw new Error(record.detail);
      expect(changedFiles(folder, record)).toEqual([]);
      return { folder, record };
    });
    expect(records.map(({ record }) => record.status)).toEqual([...Array<string>(7).fill('done'), 'failed']);
    expect(records.map(({ record }) => record.run)).toEqual(records.map(({ record }) => record.run).sort());
    const [first] = records;
    const predictions = readPredictions(first?.folder ?? '');
    expect(predictions.map((one) => one.predictions.length)).toEqual([339, 339, 339, 339, 339]);
    expect(first?.record.tested?.['scores']?.count).toBe(339);
  } finally {
    made.remove();
  }
  expect(existsSync(made.folder)).toBe(false);
});
