import { describe, expect, it } from 'vitest';
import picocolors from 'picocolors';
import { type PredictFormat, printPredictions } from '../../src/cli/predict-output.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { Predictions } from '../../src/predict/index.ts';

const judgement = (posteriors: readonly number[]) => ({
  predicted: (posteriors[0] ?? 0) > 0.5 ? 'anger' : 'sad, very',
  posteriors,
  deviations: posteriors.map(() => 0.125),
  agreement: 0.75,
});

const predictions: Predictions = {
  run: 'demo/1',
  engine: 'wasm',
  classes: ['anger', 'sad, very'],
  models: [1, 2].flatMap((seed) => ['03', '08'].map((fold) => ({ fold, seed }))),
  missing: [],
  notes: ['a note'],
  predictions: [
    {
      id: '/data/a "b".wav',
      answer: {
        ...judgement([0.1 + 0.2, 0.7]),
        segments: [
          { ...judgement([0.6, 0.4]), start: 0.25, end: 2.75 },
          { ...judgement([0, 1]), start: null, end: null },
        ],
      },
    },
    { id: '/data/c.wav', answer: { ...judgement([1 / 3, 2 / 3]), segments: [] } },
  ],
  faults: [{ id: '/data/d,\n.wav', code: 'empty-file', message: 'is empty', advice: undefined, reason: 'data' }],
  failure: undefined,
  interrupted: false,
};

function printed(format: PredictFormat, segments = false, given: Predictions = predictions) {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal: Terminal = {
    json: format === 'jsonl',
    live: false,
    colours: picocolors.createColors(false),
    width: 80,
    print: (text) => void out.push(text),
    printJson: (value) => void out.push(JSON.stringify(value)),
    warn: (text) => void err.push(text),
  };
  printPredictions(given, (id) => id.replace('/data/', ''), { format, segments }, terminal);
  return { out: out.join('\n').split('\n'), err: err.join('\n'), text: out.join('\n') };
}

/** An independent reader of RFC 4180. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const field = /("(?:[^"]|"")*"|[^",\n]*)(,|\n|$)/gy;
  for (let match = field.exec(text); match !== null; match = field.exec(text)) {
    const [, cell = '', end] = match;
    rows.at(-1)?.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === '\n') rows.push([]);
    if (end === '') break;
  }
  return rows;
}

describe('CSV', () => {
  it('has a column for each class under its name, and a row for each file, also for those that could not be used', () => {
    const [header, ...rows] = readCsv(printed('csv').text);
    expect(header).toEqual(
      ['file', 'answer', 'anger', 'sad, very', 'deviation', 'agreement', 'models', 'segments', 'error'], // prettier-ignore
    );
    expect(rows.map(([file]) => file)).toEqual(['a "b".wav', 'c.wav', 'd,\n.wav']);
    expect(rows[2]).toEqual(['d,\n.wav', '', '', '', '', '', '', '', 'empty-file']);
  });

  it('keeps a spreadsheet from computing the name of a file', () => {
    const [answer] = predictions.predictions;
    if (answer === undefined) return expect.fail('no answer');
    const id = '/data/=HYPERLINK("http:").wav';
    const fault = { id: '/data/@x.wav', code: 'empty-file', message: '', advice: undefined, reason: 'data' as const };
    const given = { ...predictions, predictions: [{ ...answer, id }], faults: [fault] };
    const [, ...rows] = readCsv(printed('csv', false, given).text);
    expect(rows.map(([file]) => file)).toEqual([`'=HYPERLINK("http:").wav`, "'@x.wav"]);
  });

  it('has all digits of a number', () => {
    const [, first, second] = readCsv(printed('csv').text);
    expect(Number(first?.[2])).toBe(0.1 + 0.2);
    expect(Number(second?.[3])).toBe(2 / 3);
  });

  it('has a row for each segment with its times, where they are asked for', () => {
    const [header, ...rows] = readCsv(printed('csv', true).text);
    expect(header?.slice(0, 5)).toEqual(['file', 'segment', 'start', 'end', 'answer']);
    expect(rows.map((row) => row.slice(0, 5))).toEqual([
      ['a "b".wav', '', '', '', 'sad, very'],
      ['a "b".wav', '1', '0.25', '2.75', 'anger'],
      ['a "b".wav', '2', '', '', 'sad, very'],
      ['c.wav', '', '', '', 'sad, very'],
      ['d,\n.wav', '', '', '', ''],
    ]);
    expect(new Set([header, ...rows].map((row) => row?.length)).size).toBe(1);
  });

  it('tells a class from a column of the same name', () => {
    const [header] = readCsv(printed('csv', false, { ...predictions, classes: ['file', 'error'] }).text);
    expect(header?.slice(0, 4)).toEqual(['file', 'answer', 'posterior file', 'posterior error']);
  });
});

describe('JSON lines', () => {
  it('begin with the run, and end with the files that could not be used', () => {
    const rows = printed('jsonl').out.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map(({ type }) => type)).toEqual(['run', 'file', 'file', 'error']);
    expect(rows[0]).toMatchObject({ run: 'demo/1', engine: 'wasm', notes: ['a note'], models: predictions.models });
    expect(rows[1]).toEqual({
      type: 'file',
      file: 'a "b".wav',
      segments: 2,
      answer: 'sad, very',
      posteriors: { anger: 0.1 + 0.2, 'sad, very': 0.7 },
      deviations: { anger: 0.125, 'sad, very': 0.125 },
      agreement: 0.75,
    });
    expect(rows[3]).toEqual({ type: 'error', file: 'd,\n.wav', code: 'empty-file', message: 'is empty' });
  });

  it('have one for each segment behind its file', () => {
    const rows = printed('jsonl', true).out.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map(({ type, segment }) => [type, segment])).toEqual([
      ['run', undefined],
      ['file', undefined],
      ['segment', 1],
      ['segment', 2],
      ['file', undefined],
      ['error', undefined],
    ]);
    expect(rows[2]).toMatchObject({ file: 'a "b".wav', start: 0.25, end: 2.75, answer: 'anger' });
  });
});

describe('the table', () => {
  it('goes to standard output, and what must be known beside it to standard error', () => {
    const { out, err } = printed('table', true);
    expect(err).toBe('demo/1: the mean of 4 models (2 fold x 2 seed), computed by wasm\nnote: a note');
    expect(out.slice(0, 5)).toEqual([
      'file       segment  start   end  answer      anger  sad, very    ± SD  agree  segments',
      'a "b".wav                        sad, very  0.3000     0.7000  0.1250   75 %         2',
      '                 1   0.25  2.75  anger      0.6000     0.4000  0.1250   75 %',
      '                 2               sad, very  0.0000     1.0000  0.1250   75 %',
      'c.wav                            sad, very  0.3333     0.6667  0.1250   75 %         0',
    ]);
  });

  it('of one model has no disagreement', () => {
    const alone = { ...predictions, models: [{ fold: '03', seed: 1 }] };
    expect(printed('table', false, alone).out).toEqual([
      'file       answer      anger  sad, very  segments',
      'a "b".wav  sad, very  0.3000     0.7000         2',
      'c.wav      sad, very  0.3333     0.6667         0',
    ]);
    expect(printed('table', false, alone).err).toContain('the model fold=03 seed=1');
  });

  it('of no answer is empty', () => {
    expect(printed('table', false, { ...predictions, predictions: [] }).text).toBe('');
  });
});
