import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Json, MatrixPoint } from '../../src/stage/index.ts';
import evaluate from '../../stages/evaluate.ts';
import type { Answers } from '../../stages/evaluate/answers.ts';
import split from '../../stages/split.ts';
import summarise from '../../stages/summarise.ts';
import type { Report } from '../../stages/summarise/report.ts';
import type { Level, Summary } from '../../stages/summarise/summary.ts';
import { columnsRow, eachEntry, parameters, stageContext } from './rig.ts';

interface Reference {
  seeds: {
    seed: number;
    answers: Record<string, Answers>;
    scores: { speakers: Record<string, Record<Level, { recalls: (number | null)[] }>> };
  }[];
  summary: Record<Level, { uar: { mean: number; sd: number }; confusionPercent: number[][]; meanOfSpeakers: number }>;
}

const reference = JSON.parse(
  readFileSync(new URL('../fixtures/evaluate/evaluate.json', import.meta.url), 'utf8'),
) as Reference;
const columns = Object.values(reference.seeds[0]?.answers ?? {}).flatMap(({ utterances }) =>
  utterances.map(({ id, speaker, label }) => ({ id, speaker, label, sentence: 'a01' })),
);

async function protocolOf(given: Record<string, unknown>): Promise<Json> {
  const inputs = { items: columns.map(columnsRow), segments: undefined };
  return (await split.run(inputs, parameters(split, given), stageContext())).protocol;
}
const speakerIndependent = { protocol: 'leave-one-speaker-out', development: 'none' };

async function scoresOf(answers: Record<string, Answers>, labels: Answers['labels'] = 'as given'): Promise<Json> {
  const entries = Object.entries(answers).map(([fold, value]) => eachEntry({ fold }, { ...value, labels }));
  return (await evaluate.run({ answers: entries }, {}, stageContext())).scores;
}

async function run(
  scores: readonly { readonly point: MatrixPoint; readonly value: Json }[],
  options: { readonly split?: Record<string, unknown>; readonly published?: string } = {},
) {
  const { summary } = await summarise.run(
    {
      scores: scores.map(({ point, value }) => eachEntry(point, value)),
      protocol: await protocolOf(options.split ?? speakerIndependent),
    },
    parameters(summarise, options.published ? { published: options.published } : {}),
    stageContext(),
  );
  return summary as unknown as Summary & {
    report: Report;
    metrics: Record<string, number>;
    labels: string;
    seedNames: number[];
  };
}

async function referenceScores(labels?: Answers['labels']) {
  return Promise.all(
    reference.seeds.map(async ({ seed, answers }) => ({ point: { seed }, value: await scoresOf(answers, labels) })),
  );
}

const cells = (report: Report, title: RegExp) => report.tables.find((table) => title.test(table.title))?.rows;

describe('summarise', () => {
  it.each(['utterance', 'segment'] as const)('agrees with NumPy on %s level', async (level) => {
    const summary = await run((await referenceScores()).reverse());
    const expected = reference.summary[level];
    expect(summary.seedNames).toEqual([1, 2]);
    expect(summary[level].uar.mean).toBeCloseTo(expected.uar.mean, 14);
    expect(summary[level].uar.sd).toBeCloseTo(expected.uar.sd, 14);
    expect(summary.meanOfSpeakers[level].mean).toBeCloseTo(expected.meanOfSpeakers, 14);
    summary[level].confusionPercent.forEach((row, actual) =>
      row.forEach((value, predicted) => {
        expect(value).toBeCloseTo(expected.confusionPercent[actual]?.[predicted] ?? NaN, 12);
      }),
    );
  });

  it('gives the headline figures that runs are listed by, without those that one seed does not have', async () => {
    const { utterance, segment } = reference.summary;
    const { metrics } = await run(await referenceScores());
    expect(metrics['uar']).toBeCloseTo(utterance.uar.mean, 14);
    expect(metrics['uarSd']).toBeCloseTo(utterance.uar.sd, 14);
    expect(metrics['segmentUar']).toBeCloseTo(segment.uar.mean, 14);
    expect(metrics['speakerUar']).toBeCloseTo(utterance.meanOfSpeakers, 14);
    const single = await run((await referenceScores()).slice(0, 1));
    expect(Object.keys(single.metrics)).toEqual(['uar', 'war', 'segmentUar', 'speakerUar']);
  });

  it('puts the result into a line and tables', async () => {
    const { report } = await run(await referenceScores());
    const { mean, sd } = reference.summary.utterance.uar;
    expect(report.title).toBe('speaker independent, leave one speaker out, 3 speakers');
    expect(report.headline[0]).toContain(`UAR ${(100 * mean).toFixed(1)} ± ${(100 * sd).toFixed(1)} % of utterances`);
    expect(report.headline[0]).toMatch(/mean ± SD over 2 seeds, pooled over 3 folds; chance 25.0 %/);
    expect(cells(report, /^Speakers/)?.map(([name]) => name)).toEqual(['03', '08', '12', 'mean']);
    expect(cells(report, /^Confusion of utterances/)?.map((row) => row.at(-1))).toEqual(['9', '9', '6', '9']);
    expect(report.notes.join('\n')).toMatch(/left out of that speaker's UAR: 12 \(happiness\)/);
    for (const table of report.tables) for (const row of table.rows) expect(row).toHaveLength(table.columns.length);
  });

  it('shows the recalls of each speaker, and nothing for a class that he lacks', async () => {
    const { speakers, report } = await run(await referenceScores());
    for (const { speaker, recalls } of speakers) {
      recalls.forEach(({ values }, index) =>
        expect(values).toEqual(
          reference.seeds.map(({ scores }) => scores.speakers[speaker]?.utterance.recalls[index] ?? null),
        ),
      );
    }
    expect(cells(report, /^Speakers/)?.[2]?.slice(4)).toEqual([
      '–',
      expect.any(String),
      expect.any(String),
      '9',
      'happiness',
    ]);
  });

  it('gives no SD for one seed', async () => {
    const [first] = await referenceScores();
    const { utterance, report } = await run(first ? [first] : []);
    expect(utterance.uar.sd).toBeNull();
    expect(report.headline[0]).toMatch(/of segments \(one seed,/);
    expect(report.headline[0]).not.toContain('±');
  });

  it('shows the published figures of the same protocol', async () => {
    const independent = await run(await referenceScores(), { published: 'emodb' });
    expect(cells(independent.report, /^Published for Emo-DB, speaker independent/)).toContainEqual(['paper', '86.4']);
    expect(cells(independent.report, /^Published confusion/)?.[2]).toEqual(['happiness', '35.5', '0.0', '61.3', '3.2']);
    const dependent = await run(await referenceScores(), { published: 'emodb', split: { protocol: 'random' } });
    expect(cells(dependent.report, /^Published for Emo-DB, speaker dependent/)).toContainEqual(['paper', '89.1']);
    expect(cells(dependent.report, /^Published confusion/)).toBeUndefined();
    expect(cells((await run(await referenceScores())).report, /^Published/)).toBeUndefined();
  });

  it('prints an allowed leak with its reason', async () => {
    const allow = { leak: 'sentence', reason: 'all speakers read one list' };
    const { report } = await run(await referenceScores(), {
      split: { ...speakerIndependent, apart: ['sentence'], allow },
    });
    expect(report.notes).toContain(
      'LEAK allowed: training and test share sentences. Reason: all speakers read one list',
    );
  });

  it('says what is shared although it need not be apart', async () => {
    const { report } = await run(await referenceScores());
    expect(report.notes).toContain('Training and test share 1 sentence in 3 of 3 folds.');
  });

  it('labels the control with permuted labels, and compares it with nothing published', async () => {
    const { report, labels } = await run(await referenceScores('permuted within speaker'), { published: 'emodb' });
    expect(labels).toBe('permuted within speaker');
    expect(report.title).toMatch(/^Control with permuted labels/);
    expect(report.notes[0]).toMatch(/^CONTROL/);
    expect(cells(report, /^Published/)).toBeUndefined();
  });

  it('shows the splits of a random protocol with their own spread', async () => {
    const { report } = await run(await referenceScores(), { split: { protocol: 'random', splits: 3 } });
    expect(report.title).toBe('speaker dependent, 3 random splits of utterances');
    expect(cells(report, /^Splits/)?.at(-1)?.[1]).toMatch(/^\d+\.\d ± \d+\.\d$/);
    expect(cells(report, /^Speakers/)).toBeUndefined();
  });

  it('refuses to average configurations, or models with controls', async () => {
    const scores = await referenceScores();
    const configurations = scores.map(({ value }, depth) => ({ point: { depth, seed: 1 }, value }));
    await expect(run(configurations)).rejects.toMatchObject({ name: 'DataError', code: 'mixed-scores' });
    const [control] = await referenceScores('permuted within speaker');
    await expect(run([...scores.slice(1), ...(control ? [control] : [])])).rejects.toThrow(/of models and of controls/);
    await expect(run([])).rejects.toMatchObject({ code: 'no-scores' });
  });
});
