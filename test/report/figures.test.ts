import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { clustersFigure } from '../../src/report/figures/clusters.ts';
import { confusionFigure } from '../../src/report/figures/confusion.ts';
import { drawPng, drawSvg, embeddedSvg, fullSpec, type Figure } from '../../src/report/figures/draw.ts';
import { curvesFigure } from '../../src/report/figures/learning-curves.ts';
import { rowRange } from '../../src/report/figures/picture.ts';
import { encodePng } from '../../src/report/figures/png.ts';
import { timelineFigure, timelineSpan } from '../../src/report/figures/timeline.ts';
import { escapeHtml } from '../../src/report/html/html.ts';
import type { ViewPart } from '../../src/stage/index.ts';

const confusion = {
  classes: ['anger', '<neutral>'],
  counts: [
    [3, 1],
    [0, 0],
  ],
  percent: [
    [75, 25],
    [null, null],
  ],
};

const results = {
  classes: ['anger'],
  units: 4,
  uar: {
    mean: 0.7,
    deviation: 0.1,
    values: [0.6, 0.8],
    interval: { low: 0.4, high: 1.2, standardError: 0.1, degrees: 1 },
    clusters: 2,
  },
  war: { mean: 0.7, deviation: 0.1, values: [0.6, 0.8], interval: undefined, clusters: 2 },
  recalls: [],
  clusters: [
    { cluster: '03', units: 2, recall: [0.5, 0.7], mean: 0.6, lowest: 0.5, highest: 0.7, recalls: [0.6] },
    { cluster: '08', units: 2, recall: [0.9, 0.9], mean: 0.9, lowest: 0.9, highest: 0.9, recalls: [0.9] },
  ],
};

const parts: readonly ViewPart[] = [
  { kind: 'pieces', word: 'segment', startSeconds: [0, 1.5], realSeconds: [2.5, 1] },
  ...[0, 1].map((piece): ViewPart => ({
    kind: 'picture',
    title: 'Scalogram',
    piece,
    values: Array.from({ length: 100 }, (_, column) => Float32Array.of(column, 0, 1)),
    startSeconds: 0,
    stepSeconds: 0.025,
    quantity: 'Magnitude',
    rows: { title: 'Frequency', unit: 'Hz', scale: 'log', centres: [100, 1000, 10000] },
  })),
  { kind: 'curve', title: 'Attention', piece: 1, edges: [0, 40, 80], values: [0.75, 0.25] },
];

describe('figures say in words what they show', () => {
  test('confusion', () => {
    expect(confusionFigure(confusion, 2).alt).toBe(
      'Confusion matrix over 2 replicates, rows actual, columns predicted. anger: 75 % recognised, 25 % as <neutral>; ' +
        '<neutral>: no units.',
    );
  });

  test('clusters', () => {
    expect(clustersFigure(results, 'speaker').alt).toBe(
      'Unweighted average recall of each speaker: from 60.0 % (03) to 90.0 % (08); of all together 70.0 % (95 % interval 40.0 to 100.0).',
    );
  });

  test('a time line, with where the attention is greatest on the time of the whole unit', () => {
    const figure = timelineFigure('one', '03a01', parts) ?? expect.fail('no figure');
    expect(figure.title).toBe('Attention over the scalogram of 03a01');
    expect(figure.caption).toBe(
      'Above: attention, in % of each segment; dashed: where all steps would count alike. ' +
        'Below: Scalogram: magnitude, from dark (little) to light (much).',
    );
    expect(figure.alt).toBe(
      'Scalogram of 03a01, 32 to 31623 Hz over 4.00 s; the attention is greatest from 1.50 s on, with 75 % in segment 2.',
    );
    expect(timelineSpan(parts).seconds).toBeCloseTo(4, 12);
  });
});

describe('the specification', () => {
  test('of a confusion matrix has a cell for each pair of classes', () => {
    const { spec } = confusionFigure(confusion, 1);
    expect(spec).toMatchObject({ data: { values: { length: 4 } } });
    expect(JSON.stringify(spec)).toContain('"75.0 %"');
  });

  test('of clusters cuts the interval to what can be', () => {
    const text = JSON.stringify(clustersFigure(results, 'speaker').spec);
    expect(text).toContain('{"low":40,"high":100}');
  });

  test('of a time line places the steps of each piece where it begins, and ends each with its value', () => {
    const text = JSON.stringify(timelineFigure('one', 'u', parts)?.spec);
    const steps = [
      { piece: 'segment 2', from: 1.5, weight: 75 },
      { piece: 'segment 2', from: 2.5, weight: 25 },
      { piece: 'segment 2', from: 3.5, weight: 25 },
    ];
    expect(text).toContain(JSON.stringify(steps));
  });

  test('of a time line is none without a picture, and only the picture without a curve', () => {
    expect(timelineFigure('one', 'u', parts.slice(3))).toBeUndefined();
    expect(timelineFigure('one', 'u', parts.slice(0, 3))?.spec).toMatchObject({ vconcat: { length: 1 } });
  });

  test('of learning curves has the development part only where there is one', () => {
    const epochs = [1, 2].map((epoch) => ({ epoch, loss: 2 - epoch / 2, development: undefined }));
    const history = { stage: 'model', point: { fold: '03' }, epochs, kept: 2 };
    expect(curvesFigure([history]).spec).toMatchObject({ vconcat: { length: 1 } });
    const watched = { ...history, epochs: epochs.map((one) => ({ ...one, development: 0.5 })) };
    expect(curvesFigure([history, watched]).spec).toMatchObject({ vconcat: { length: 2 } });
    expect(curvesFigure([watched]).alt).toContain(
      'goes from 1.500 to 1.000; the UAR of the development part ends at a median of 50.0 %',
    );
  });

  test('is complete: any Vega-Lite can open it', () => {
    expect(fullSpec(confusionFigure(confusion, 1))).toMatchObject({
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      config: { font: 'Source Sans 3' },
    });
  });
});

describe('a drawn figure', () => {
  const figure: Figure = confusionFigure(confusion, 1);

  test('is the same each time, as SVG and as PNG', async () => {
    const svg = await drawSvg(figure);
    expect(await drawSvg(figure)).toBe(svg);
    expect(svg).toContain('&lt;neutral&gt;');
    const [one, other] = [await drawPng(svg), await drawPng(svg)];
    expect(Buffer.compare(one, other)).toBe(0);
    expect([...one.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  });

  test('takes the colours of the page, and has a name and ids of its own there', async () => {
    const svg = embeddedSvg(await drawSvg(figure), { name: 'mine', alt: 'a "b" <c>' }, escapeHtml);
    expect(svg).toMatch(/^<svg role="img" aria-label="a &quot;b&quot; &lt;c&gt;"/);
    expect(svg).toContain('fill="var(--paper)"');
    expect(svg).toContain('var(--ink)');
    expect(svg).not.toMatch(/(fill|stroke)="#1c2330"/);
    expect(svg.match(/id="(?!mine-)/g)).toBeNull();
  });
});

describe('pictures', () => {
  test('are written as PNG, row by row', () => {
    const pixels = Uint8Array.from({ length: 2 * 3 * 3 }, (_, index) => index);
    const png = Buffer.from(encodePng(2, 3, pixels));
    expect(png.subarray(12, 16).toString()).toBe('IHDR');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2, 3]);
    const start = png.indexOf('IDAT');
    const raw = inflateSync(png.subarray(start + 4, start + 4 + png.readUInt32BE(start - 4)));
    expect([...raw]).toEqual([0, 0, 1, 2, 3, 4, 5, 0, 6, 7, 8, 9, 10, 11, 0, 12, 13, 14, 15, 16, 17]);
  });

  test('reach half a row beyond their outer rows', () => {
    const axis = { title: '', unit: '' };
    expect(rowRange({ ...axis, scale: 'linear', centres: [1, 2, 3] })).toEqual([0.5, 3.5]);
    const [low, high] = rowRange({ ...axis, scale: 'log', centres: [10, 100, 1000] });
    expect(low).toBeCloseTo(Math.sqrt(10), 10);
    expect(high).toBeCloseTo(1000 * Math.sqrt(10), 8);
  });
});
