import fc from '../support/fast-check.ts';
import { describe, expect, it } from 'vitest';
import { DataError, type Columns, type PartMember } from '../../src/stage/index.ts';
import { measureLeaks, requireApart } from '../../stages/split/leaks.ts';
import split from '../../stages/split.ts';
import { columnsRow, itemRow, parameters, stageContext } from './rig.ts';

const classes = ['anger', 'sadness', 'happiness', 'neutral'];

/** `perClass` utterances of each class by each speaker; the sentences are the same for all speakers. */
function corpus(speakers: number, perClass: number): Columns[] {
  return Array.from({ length: speakers }, (_, speaker) =>
    classes.flatMap((label) =>
      Array.from({ length: perClass }, (_, version) => ({
        id: `${String(speaker).padStart(2, '0')}/${label}${version}.wav`,
        speaker: String(speaker).padStart(2, '0'),
        label,
        sentence: `${label}-${version}`,
      })),
    ),
  ).flat();
}

async function run(columns: readonly Columns[], given: Record<string, unknown>, segmentsEach?: (id: string) => number) {
  const segments = segmentsEach
    ? columns.map((row) =>
        itemRow(row, { timing: { validSamples: new Array<number>(segmentsEach(String(row.id))).fill(40000) } }),
      )
    : undefined;
  const { folds, protocol } = await split.run(
    { items: columns.map(columnsRow), segments },
    parameters(split, given),
    stageContext({ seed: Number(given.seed ?? 0) }),
  );
  return { folds: folds as unknown as Fold[], protocol: protocol as unknown as ProtocolFacts };
}

interface Fold {
  name: string;
  parts: { train: PartMember[]; development: PartMember[]; test: PartMember[] };
}
interface ProtocolFacts {
  speakers: string;
  development: string;
  allowed: { leak: string; reason: string }[];
  leaks: { leak: string; folds: string[]; shared: number; examples: string[] }[];
  utterances: number;
  counts: { classes: Record<string, number>; speakers: Record<string, Record<string, number>> };
  folds: {
    name: string;
    parts: Record<string, { classes: Record<string, number>; speakers: string[]; utterances: number }>;
  }[];
}

const ids = (members: readonly PartMember[]) =>
  members.map((member) => (typeof member === 'string' ? member : member.id));
const speakerOf = (id: string) => id.slice(0, 2);
const speakersIn = (members: readonly PartMember[]) => [...new Set(ids(members).map(speakerOf))];
const shared = (protocol: ProtocolFacts, leak: string) => protocol.leaks.find((one) => one.leak === leak)?.shared;

describe('leave-one-speaker-out', () => {
  it('tests each speaker once, on a model that never met him', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 3, max: 12 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom('none', 'speaker', 'fraction'),
        async (speakers, perClass, development) => {
          fc.pre(development !== 'fraction' || perClass > 1);
          const columns = corpus(speakers, perClass);
          const { folds, protocol } = await run(columns, { protocol: 'leave-one-speaker-out', development });
          expect(folds.map(({ name }) => name)).toEqual([...new Set(columns.map((row) => row.speaker))].sort());
          expect(folds.flatMap(({ parts }) => ids(parts.test)).sort()).toEqual(columns.map((row) => row.id).sort());
          for (const { name, parts } of folds) {
            expect(speakersIn(parts.test)).toEqual([name]);
            expect(speakersIn([...parts.train, ...parts.development])).not.toContain(name);
            const all = [...parts.train, ...parts.development, ...parts.test];
            expect(new Set(ids(all)).size).toBe(columns.length);
            expect(all.length).toBe(columns.length);
          }
          expect(protocol.speakers).toBe('independent');
          expect([shared(protocol, 'speaker'), shared(protocol, 'utterance')]).toEqual([0, 0]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('takes each speaker as development speaker once', async () => {
    const { folds, protocol } = await run(corpus(5, 2), { protocol: 'leave-one-speaker-out' });
    expect(folds.map(({ parts }) => speakersIn(parts.development).join())).toEqual(['01', '02', '03', '04', '00']);
    for (const { parts } of folds) expect(speakersIn(parts.train)).toHaveLength(3);
    expect(protocol.development).toMatch(/rotation/);
  });

  it('does not depend on the order of the items', async () => {
    const columns = corpus(4, 3);
    const options = { protocol: 'leave-one-speaker-out', development: 'fraction', seed: 3 };
    expect(await run([...columns].reverse(), options)).toEqual(await run(columns, options));
  });

  it('counts utterances by class and speaker, and says which sentences are shared', async () => {
    const { protocol } = await run(corpus(4, 3), { protocol: 'leave-one-speaker-out' });
    expect(protocol.utterances).toBe(48);
    expect(protocol.counts.classes).toEqual({ anger: 12, sadness: 12, happiness: 12, neutral: 12 });
    expect(protocol.counts.speakers['02']).toEqual({ anger: 3, sadness: 3, happiness: 3, neutral: 3 });
    expect(protocol.folds[0]?.parts.train).toMatchObject({ utterances: 24, speakers: ['02', '03'] });
    expect(shared(protocol, 'sentence')).toBe(12);
  });
});

describe('k-fold by speaker', () => {
  it('deals the speakers to groups of nearly one size and keeps them apart', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 4, max: 12 }),
        fc.integer({ min: 2, max: 12 }),
        fc.nat(99),
        async (speakers, k, seed) => {
          fc.pre(k <= speakers);
          const columns = corpus(speakers, 1);
          const { folds } = await run(columns, { protocol: 'k-fold', k, seed, development: 'none' });
          expect(folds).toHaveLength(k);
          const sizes = folds.map(({ parts }) => speakersIn(parts.test).length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          expect(folds.flatMap(({ parts }) => speakersIn(parts.test)).sort()).toHaveLength(speakers);
          for (const { parts } of folds) {
            expect(speakersIn(parts.train).filter((name) => speakersIn(parts.test).includes(name))).toEqual([]);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('draws other groups with another seed', async () => {
    const options = { protocol: 'k-fold', k: 3 };
    const groups = async (seed: number) =>
      (await run(corpus(9, 1), { ...options, seed })).folds.map(({ parts }) => parts.test);
    expect(await groups(1)).toEqual(await groups(1));
    expect(await groups(1)).not.toEqual(await groups(2));
  });
});

describe('random splits', () => {
  it('hold out 20 % for the test and 10 % of the rest for development', async () => {
    const { folds, protocol } = await run(corpus(5, 5), { protocol: 'random', splits: 5 });
    expect(folds.map(({ name }) => name)).toEqual(['random-1', 'random-2', 'random-3', 'random-4', 'random-5']);
    for (const { parts } of folds) {
      expect([parts.train, parts.development, parts.test].map((part) => part.length)).toEqual([72, 8, 20]);
      expect(new Set(ids([...parts.train, ...parts.development, ...parts.test])).size).toBe(100);
    }
    expect(new Set(folds.map(({ parts }) => ids(parts.test).join())).size).toBe(5);
    expect(protocol.speakers).toBe('dependent');
    expect(shared(protocol, 'utterance')).toBe(0);
  });

  it('do not change when more of them are asked for', async () => {
    const two = await run(corpus(4, 5), { protocol: 'random', splits: 2 });
    const three = await run(corpus(4, 5), { protocol: 'random', splits: 3 });
    expect(three.folds.slice(0, 2)).toEqual(two.folds);
  });

  it('of segments put each segment in one part', async () => {
    const columns = corpus(4, 5);
    const segmentsEach = (id: string) => 1 + (id.length % 3) + Number(id.slice(0, 2));
    const allow = { leak: 'utterance', reason: 'as in earlier papers' };
    const { folds, protocol } = await run(columns, { protocol: 'random', unit: 'segment', allow }, segmentsEach);
    const expected = columns.flatMap((row) =>
      Array.from({ length: segmentsEach(String(row.id)) }, (_, index) => `${row.id} ${index}`),
    );
    const units = Object.values(folds[0]?.parts ?? {})
      .flat()
      .flatMap((member) => (typeof member === 'string' ? [] : member.rows.map((row) => `${member.id} ${row}`)));
    expect(units.sort()).toEqual(expected.sort());
    expect(protocol.allowed).toEqual([allow]);
    expect(shared(protocol, 'utterance')).toBeGreaterThan(0);
  });
});

describe('the leak guard', () => {
  const fold = (train: PartMember[], test: PartMember[], development: PartMember[] = []) => ({
    name: 'made-up',
    parts: { train, development, test },
  });
  const utterances = ['00', '01', '02'].map((speaker) => ({
    id: `${speaker}a`,
    speaker,
    label: 'anger',
    sentence: 'a',
    segments: undefined,
  }));
  const leaks = (...folds: ReturnType<typeof fold>[]) => measureLeaks(folds, utterances);
  const found = (...folds: ReturnType<typeof fold>[]) =>
    leaks(...folds)
      .filter((one) => one.shared.length > 0)
      .map(({ leak }) => leak);

  it('measures what the folds share, whoever made them', () => {
    expect(found(fold(['00a'], ['01a']))).toEqual(['sentence']);
    expect(found(fold(['00a', { id: '01a', rows: [0] }], [{ id: '01a', rows: [1] }]))).toEqual([
      'speaker',
      'sentence',
      'utterance',
    ]);
  });

  it('counts development data as seen', () => {
    expect(found(fold(['00a'], ['01a'], ['01a']))).toContain('utterance');
  });

  it('refuses what must be apart and names it', () => {
    const measured = leaks(fold(['00a', '01a'], ['01a', '02a']));
    expect(() => requireApart(measured, ['speaker'], [])).toThrow(/1 speaker is on both sides of fold made-up: 01/);
    expect(() => requireApart(measured, ['speaker'], [{ leak: 'utterance', reason: 'other' }])).toThrow(DataError);
    expect(() => requireApart(measured, ['speaker'], [{ leak: 'speaker', reason: 'meant' }])).not.toThrow();
    expect(() => requireApart(measured, [], [])).not.toThrow();
  });

  it('accepts no empty reason', () => {
    expect(() => requireApart([], [], [{ leak: 'speaker', reason: '  ' }])).toThrow(/without a reason/);
    expect(() => parameters(split, { protocol: 'random', allow: { leak: 'utterance' } })).toThrow(/reason/);
  });

  it('refuses random segments, which share their utterance, unless allowed', async () => {
    const given = { protocol: 'random', unit: 'segment' };
    await expect(run(corpus(3, 4), given, () => 3)).rejects.toMatchObject({
      code: 'leak',
      message: expect.stringMatching(/utterances are on both sides of fold random-1/) as string,
      advice: expect.stringContaining('allow: [{ leak: utterance') as string,
    });
  });

  it('refuses shared sentences where they are to be apart', async () => {
    const given = { protocol: 'leave-one-speaker-out', apart: ['sentence'] };
    await expect(run(corpus(3, 4), given)).rejects.toThrow(/sentence/);
    const allowed = await run(corpus(3, 4), { ...given, allow: [{ leak: 'sentence', reason: 'one text list' }] });
    expect(allowed.protocol.allowed).toEqual([{ leak: 'sentence', reason: 'one text list' }]);
  });

  it('does not report as allowed what did not leak', async () => {
    const { protocol } = await run(corpus(3, 4), {
      protocol: 'leave-one-speaker-out',
      allow: { leak: 'utterance', reason: 'left over' },
    });
    expect(protocol.allowed).toEqual([]);
  });
});

describe('what cannot be split', () => {
  const speakers = { protocol: 'leave-one-speaker-out' };
  it.each([
    ['nothing', [], speakers, 'no-utterances', /no utterances/],
    ['one speaker', corpus(1, 3), speakers, 'too-few-speakers', /one speaker only \(00\)/],
    ['two speakers, one for development', corpus(2, 3), speakers, 'too-few-speakers', /nobody is left to train on/],
    ['fewer speakers than folds', corpus(3, 3), { protocol: 'k-fold', k: 4 }, 'too-few-speakers', /k = 4/],
    ['k-fold without k', corpus(3, 3), { protocol: 'k-fold' }, 'split-parameters', /needs `k`/],
    ['random with k', corpus(3, 3), { protocol: 'random', k: 4 }, 'split-parameters', /`k` has no meaning/],
    ['speakers with a unit', corpus(3, 3), { ...speakers, unit: 'segment' }, 'split-parameters', /`unit`/],
    [
      'random with a speaker',
      corpus(3, 3),
      { protocol: 'random', development: 'speaker' },
      'split-parameters',
      /speaker/,
    ],
    ['too few for a test', corpus(3, 3).slice(0, 1), { protocol: 'random' }, 'too-few-utterances', /too few/],
    [
      'segments unknown',
      corpus(3, 3),
      { protocol: 'random', unit: 'segment' },
      'no-segments',
      /must know the segments/,
    ],
  ])('%s', async (_, columns, given, code, message) => {
    const refusal = expect(run(columns, given)).rejects;
    await refusal.toThrow(message);
    await expect(run(columns, given)).rejects.toMatchObject({ name: 'DataError', code });
  });

  it('a fold whose training lacks a class, which is named', async () => {
    const columns = corpus(3, 2).filter((row) => row.label !== 'happiness' || row.speaker === '01');
    await expect(run(columns, speakers)).rejects.toThrow(/training part of fold 00 has no utterance of happiness/);
    await expect(run(columns, { ...speakers, development: 'none' })).rejects.toThrow(/fold 01 .* happiness/);
  });

  it.each(['speaker', 'label'])('an utterance without its %s', async (column) => {
    const [first, ...rest] = corpus(3, 2);
    await expect(run([{ ...first, [column]: null }, ...rest], speakers)).rejects.toThrow(
      `Utterance 00/anger0.wav has no ${column}.`,
    );
  });

  it('keeps labels and speakers that are names of object members', async () => {
    const columns = corpus(3, 2).map((row) => ({
      ...row,
      label: row.label === 'anger' ? 'constructor' : (row.label ?? null),
    }));
    const { protocol } = await run(columns, speakers);
    expect(protocol.counts.classes.constructor).toBe(6);
  });
});
