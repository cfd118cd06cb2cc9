import { describe, expect, test } from 'vitest';
import { headlineOf, reportOf } from '../../src/experiment/index.ts';

describe('a report in a result', () => {
  test('is read with its tables and notes', () => {
    const report = {
      title: 'Emo-DB',
      headline: ['UAR 84.2 % (SD 1.1)'],
      tables: [
        {
          title: 'Recall',
          columns: ['class', 'recall'],
          rows: [
            ['anger', 0.9],
            ['sadness', null],
          ],
        },
      ],
      notes: ['selection saw all speakers'],
    };
    expect(reportOf({ report, more: 1 })).toEqual(report);
  });

  test('is missing from other JSON', () => {
    for (const value of [null, 3, 'text', [], {}, { report: 'text' }]) expect(reportOf(value)).toBeUndefined();
  });

  test('leaves out what is of another type', () => {
    const value = { report: { title: 1, headline: 'no list', tables: [3, { rows: [[true]] }], notes: ['kept', 2] } };
    expect(reportOf(value)).toEqual({
      title: '',
      headline: [],
      tables: [{ title: '', columns: [], rows: [['true']] }],
      notes: ['kept'],
    });
  });

  test('gives the run its headline', () => {
    const result = (headline: string[]) => ({ stage: 's', point: {}, name: 'n', value: { report: { headline } } });
    expect(headlineOf([result(['a']), result([]), result(['b', 'c'])])).toEqual(['a', 'b', 'c']);
  });
});
