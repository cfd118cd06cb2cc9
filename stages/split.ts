import { DataError, defineStage, Type, type Static } from '../src/stage/index.ts';
import { memberId, type Fold } from './split/fold.ts';
import { leakNames, measureLeaks, requireApart, type AllowedLeak, type LeakName } from './split/leaks.ts';
import { describeProtocol } from './split/protocol.ts';
import { randomSplits } from './split/random-splits.ts';
import { leaveOneSpeakerOut, speakerFolds, type Development } from './split/speaker-folds.ts';
import { distinct, utteranceOf, type Utterance } from './split/utterance.ts';

const leak = Type.Union([Type.Literal('speaker'), Type.Literal('sentence'), Type.Literal('utterance')]);
const allowedLeak = Type.Object(
  { leak, reason: Type.String({ minLength: 1, description: 'Why; printed with every result.' }) },
  { additionalProperties: false },
);

const params = Type.Object({
  protocol: Type.Union([Type.Literal('leave-one-speaker-out'), Type.Literal('k-fold'), Type.Literal('random')], {
    description: 'How test data are set apart: each speaker in turn, k groups of speakers, or at random.',
  }),
  k: Type.Optional(Type.Integer({ minimum: 2, description: 'Folds of `k-fold`, by speaker.' })),
  splits: Type.Optional(Type.Integer({ minimum: 1, description: 'Independent splits of `random`; 1 by default.' })),
  testFraction: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1, description: 'Test share of `random`; 0.2 by default.' }),
  ),
  unit: Type.Optional(
    Type.Union([Type.Literal('utterance'), Type.Literal('segment')], {
      description: 'What `random` draws; utterance by default. Drawing segments leaks utterances: see `allow`.',
    }),
  ),
  development: Type.Optional(
    Type.Union([Type.Literal('none'), Type.Literal('speaker'), Type.Literal('fraction')], {
      description:
        'Data for early stopping, taken from the training data: by default a speaker (by rotation), for `random` a fraction.',
    }),
  ),
  developmentFraction: Type.Number({ default: 0.1, exclusiveMinimum: 0, exclusiveMaximum: 1 }),
  apart: Type.Array(leak, { default: [], description: 'What must be apart besides what the protocol says.' }),
  allow: Type.Union([allowedLeak, Type.Array(allowedLeak)], {
    default: [],
    description: 'Leaks that are meant, each with its reason.',
  }),
  seed: Type.Integer({ default: 0, description: 'Seed of what is drawn at random.' }),
});

/**
 * Divides the utterances into folds: `folds` is the matrix axis of the training, `protocol` says how it was done, what
 * is shared between training and test, and counts. Refuses a split that shares what its protocol says must be apart.
 */
export default defineStage({
  name: 'split',
  kind: 'reduce',
  description: 'Divides utterances into training, development and test parts, and guards against leaks.',
  params,
  inputs: {
    items: { items: null },
    segments: { items: { timing: 'json' }, optional: true },
  },
  outputs: { folds: 'json', protocol: 'json' },
  columns: ['id', 'speaker', 'label', 'sentence'],
  async run({ items, segments }, given, context) {
    const options = settle(given);
    const counts = new Map<string, number>();
    for (const row of options.unit === 'segment' ? (segments ?? []) : []) {
      counts.set(String(row.columns.id), segmentsIn((await row.read()).timing));
    }
    const utterances = items
      .map(({ columns }) => utteranceOf(columns, counts.get(String(columns.id))))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    if (utterances.length === 0) throw new DataError('no-utterances', 'There is nothing to split: no utterances.');
    const folds = makeFolds(utterances, options, (name) => context.random(name));
    requireClasses(folds, utterances);
    const leaks = measureLeaks(folds, utterances);
    requireApart(leaks, options.apart, options.allowed);
    const used = options.allowed.filter((one) =>
      leaks.some((found) => found.leak === one.leak && found.shared.length > 0),
    );
    const { protocol, unit, apart } = options;
    const development = { none: 'none', speaker: 'the next speaker, by rotation', fraction: fractionOf(options) }[
      options.development
    ];
    return {
      folds,
      protocol: describeProtocol({ protocol, unit, development, apart, allowed: used }, folds, utterances, leaks),
    };
  },
});

type Options = ReturnType<typeof settle>;

/** The parameters with what depends on the protocol filled in. */
function settle(given: Static<typeof params>) {
  const byRandom = given.protocol === 'random';
  const foreign = byRandom ? ['k' as const] : ['splits' as const, 'testFraction' as const, 'unit' as const];
  for (const name of foreign) {
    if (given[name] === undefined) continue;
    throw new DataError('split-parameters', `\`${name}\` has no meaning with \`protocol: ${given.protocol}\`.`, {
      advice: `Remove it, or use \`protocol: ${byRandom ? 'k-fold' : 'random'}\`.`,
    });
  }
  const development: Development = given.development ?? (byRandom ? 'fraction' : 'speaker');
  if (byRandom && development === 'speaker') {
    throw new DataError('split-parameters', 'A random split has no development speaker: its parts share speakers.', {
      advice: 'Set `development` to fraction or none.',
    });
  }
  const unit = given.unit ?? 'utterance';
  const protocolApart: readonly LeakName[] = byRandom ? ['utterance'] : ['speaker', 'utterance'];
  const allowed: readonly AllowedLeak[] = [given.allow].flat();
  const apart = leakNames.filter((name) => protocolApart.includes(name) || given.apart.includes(name));
  const { protocol, k, splits, testFraction, developmentFraction } = given;
  return { protocol, k, splits, testFraction, developmentFraction, development, unit, apart, allowed };
}

function makeFolds(
  utterances: readonly Utterance[],
  options: Options,
  random: Parameters<typeof leaveOneSpeakerOut>[1]['random'],
): Fold[] {
  const { development, developmentFraction } = options;
  if (options.protocol === 'random') {
    return randomSplits(utterances, {
      splits: options.splits ?? 1,
      unit: options.unit,
      testFraction: options.testFraction ?? 0.2,
      developmentFraction: development === 'none' ? 0 : developmentFraction,
      random,
    });
  }
  const speakerOptions = { development, developmentFraction, random };
  if (options.protocol === 'leave-one-speaker-out') return leaveOneSpeakerOut(utterances, speakerOptions);
  if (options.k === undefined) {
    throw new DataError('split-parameters', '`protocol: k-fold` needs `k`, the number of folds.', {
      advice: 'Set k, such as 5.',
    });
  }
  return speakerFolds(utterances, options.k, speakerOptions);
}

/** A class that a fold does not train on cannot be recognised in it: no figure of it would mean anything. */
function requireClasses(folds: readonly Fold[], utterances: readonly Utterance[]): void {
  const labels = new Map(utterances.map(({ id, label }) => [id, label]));
  const classes = distinct([...labels.values()]);
  for (const { name, parts } of folds) {
    const trained = new Set(parts.train.map((member) => labels.get(memberId(member))));
    const missing = classes.filter((label) => !trained.has(label));
    if (missing.length === 0) continue;
    throw new DataError(
      'class-missing',
      `The training part of fold ${name} has no utterance of ${missing.join(', ')}.`,
      {
        advice: 'Add data, leave the class out of the corpus stage, or use fewer development or test data.',
      },
    );
  }
}

function fractionOf({ developmentFraction, unit }: Options): string {
  return `${developmentFraction} of the training ${unit}s, at random`;
}

function segmentsIn(timing: unknown): number {
  const valid =
    typeof timing === 'object' && timing !== null && 'validSamples' in timing ? timing.validSamples : undefined;
  if (!Array.isArray(valid)) throw new Error('the timing of segments has no list validSamples');
  return valid.length;
}
