import { describe, expect, test } from 'vitest';
import { type RecordedResult, metricsOf } from '../../src/experiment/index.ts';
import type { Json, MatrixPoint } from '../../src/stage/index.ts';

const result = (value: Json, stage = 'summary', point: MatrixPoint = {}): RecordedResult => ({
  stage,
  point,
  name: 'summary',
  value,
});

describe('headline figures', () => {
  test('are the numbers under `metrics` of the results', () => {
    expect(metricsOf([result({ metrics: { uar: 0.8, uarSd: 0.01 }, report: {} })])).toEqual({ uar: 0.8, uarSd: 0.01 });
  });

  test('are named after their result where several give them', () => {
    const results = [
      result({ metrics: { uar: 0.8, seeds: 5 } }, 'summary', { permute: 'none' }),
      result({ metrics: { uar: 0.25 } }, 'summary', { permute: 'within' }),
    ];
    expect(metricsOf(results)).toEqual({
      'summary permute=none.uar': 0.8,
      'summary permute=within.uar': 0.25,
      seeds: 5,
    });
  });

  test('are none where a result has none, and leave out what is no number', () => {
    for (const value of [null, 3, [], {}, { metrics: null }, { metrics: [1] }, { metrics: { uar: '0.8', x: null } }])
      expect(metricsOf([result(value)])).toEqual({});
  });
});
