import type { Protocol } from '../split/protocol.ts';
import type { TrainingLabels } from '../train/model.ts';
import { published, publishedClasses, publishedSource, type PublishedCorpus } from './published.ts';
import { levels, spread, type LevelSummary, type Spread, type Summary } from './summary.ts';

/** Results in words and tables, for whoever shows them without knowing what they mean. */
export type Report = {
  readonly title: string;
  /** The result in a line or two. */
  readonly headline: readonly string[];
  readonly tables: readonly Table[];
  /** What must be read with the result: one sentence or more each. */
  readonly notes: readonly string[];
};

/** The first column names the row; the others are figures. */
export type Table = {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

export interface ReportFacts {
  readonly summary: Summary;
  readonly protocol: Protocol;
  readonly labels: TrainingLabels;
  readonly published: PublishedCorpus | undefined;
}

export function writeReport({ summary, protocol, labels, published: corpus }: ReportFacts): Report {
  const isControl = labels !== 'as given';
  const { classes } = summary;
  return {
    title: `${isControl ? 'Control with permuted labels, ' : ''}${protocolTitle(protocol)}`,
    headline: headline(summary, protocol),
    tables: [
      recallTable(summary),
      confusionTable('Confusion of utterances, % (rows actual, columns predicted)', summary.utterance, classes),
      confusionTable('Confusion of segments, % (rows actual, columns predicted)', summary.segment, classes),
      protocol.protocol === 'random' ? splitTable(summary) : speakerTable(summary),
      ...(corpus && !isControl ? publishedTables(corpus, summary, protocol) : []),
    ],
    notes: [
      ...(isControl
        ? [
            'CONTROL: trained on labels permuted within each speaker; the test labels are the true ones. ' +
              'A result above chance here means that something other than emotion is measured.',
          ]
        : []),
      ...notes(summary, protocol),
      ...(corpus && !isControl
        ? [`Published figures: ${publishedSource}. Segments are scored there; its test counts are unknown.`]
        : []),
    ],
  };
}

function protocolTitle({ protocol, speakers, folds, unit }: Protocol): string {
  const how = {
    'leave-one-speaker-out': `leave one speaker out, ${folds.length} speakers`,
    'k-fold': `${folds.length} folds by speaker`,
    random: `${folds.length} random ${folds.length === 1 ? 'split' : 'splits'} of ${unit}s`,
  }[protocol];
  return `speaker ${speakers}, ${how}`;
}

function headline(summary: Summary, protocol: Protocol): string[] {
  const { seeds, classes } = summary;
  const over = seeds === 1 ? 'one seed' : `mean ± SD over ${seeds} seeds`;
  const pooled = protocol.protocol === 'random' ? 'splits' : 'folds';
  return [
    `UAR ${percent(summary.utterance.uar)} % of utterances, ${percent(summary.segment.uar)} % of segments ` +
      `(${over}, pooled over ${protocol.folds.length} ${pooled}; chance ${(100 / classes.length).toFixed(1)} %)`,
  ];
}

function recallTable(summary: Summary): Table {
  const row = (name: string, level: LevelSummary) => [
    name,
    percent(level.uar),
    percent(level.war),
    ...level.recalls.map(percent),
    String(level.samples),
  ];
  return {
    title: 'Recall, %',
    columns: ['', 'UAR', 'WAR', ...summary.classes, 'count'],
    rows: levels.map((level) => row(`${level}s`, summary[level])),
  };
}

function confusionTable(title: string, level: LevelSummary, classes: readonly string[]): Table {
  return {
    title,
    columns: ['', ...classes, 'count'],
    rows: classes.map((name, index) => [
      name,
      ...(level.confusionPercent[index] ?? []).map((value) => (value === null ? '–' : value.toFixed(1))),
      String((level.confusion[index] ?? []).reduce((sum, count) => sum + count, 0) / level.uar.values.length),
    ]),
  };
}

function speakerTable({ classes, speakers, meanOfSpeakers }: Summary): Table {
  return {
    title: 'Speakers: UAR and recalls of utterances, UAR of segments, %',
    columns: ['', 'UAR', ...classes, 'segments', 'count', 'lacks'],
    rows: [
      ...speakers.map(({ speaker, utterance, recalls, segment, utterances, lacking }) => [
        speaker,
        percent(utterance),
        ...recalls.map(({ mean }) => percent({ mean, sd: null })),
        percent(segment),
        String(utterances),
        lacking.join(', '),
      ]),
      ['mean', percent(meanOfSpeakers.utterance), ...classes.map(() => ''), percent(meanOfSpeakers.segment), '', ''],
    ],
  };
}

/** The spread over the splits (of each one's mean over the seeds) stands beside that over the seeds. */
function splitTable({ folds }: Summary): Table {
  const over = (level: 'utterance' | 'segment') => percent(spread(folds.map((fold) => fold[level].mean)));
  return {
    title: 'Splits, UAR in % (mean ± SD over the seeds; last row: over the splits)',
    columns: ['', 'utterances', 'segments', 'count'],
    rows: [
      ...folds.map(({ fold, utterance, segment, utterances }) => [
        fold,
        percent(utterance),
        percent(segment),
        String(utterances),
      ]),
      ['mean', over('utterance'), over('segment'), ''],
    ],
  };
}

function publishedTables(name: PublishedCorpus, summary: Summary, { speakers }: Protocol): Table[] {
  const paper = published[name];
  const others = paper.others.flatMap((other) => {
    const value = other[speakers];
    return value === undefined ? [] : [[other.system, value.toFixed(1)]];
  });
  const kind = speakers === 'independent' ? 'speaker independent' : 'speaker dependent';
  return [
    {
      title: `Published for ${paper.corpus}, ${kind}, UAR in %`,
      columns: ['', 'UAR'],
      rows: [
        ['this run, segments', percent(summary.segment.uar)],
        ['this run, utterances', percent(summary.utterance.uar)],
        ['paper', paper[speakers].toFixed(1)],
        ...others,
      ],
    },
    ...(speakers === 'independent'
      ? [
          {
            title: `Published confusion for ${paper.corpus}, ${kind}, % (rows actual, columns predicted)`,
            columns: ['', ...publishedClasses],
            rows: publishedClasses.map((label, row) => [
              label,
              ...(paper.confusion[row] ?? []).map((value) => value.toFixed(1)),
            ]),
          },
        ]
      : []),
  ];
}

function notes({ speakers }: Summary, protocol: Protocol): string[] {
  const lacking = speakers.filter((speaker) => speaker.lacking.length > 0);
  return [
    ...protocol.allowed.map(({ leak, reason }) => `LEAK allowed: training and test share ${leak}s. Reason: ${reason}`),
    ...protocol.leaks
      .filter(({ leak, shared }) => shared > 0 && !protocol.allowed.some((one) => one.leak === leak))
      .map(
        ({ leak, shared, folds }) =>
          `Training and test share ${shared} ${leak}${shared === 1 ? '' : 's'} in ${folds.length} of ${protocol.folds.length} folds.`,
      ),
    `Development data: ${protocol.development}.`,
    ...(protocol.protocol === 'random' || lacking.length === 0
      ? []
      : [
          `Classes that a speaker lacks are left out of that speaker's UAR: ` +
            `${lacking.map(({ speaker, lacking: classes }) => `${speaker} (${classes.join(', ')})`).join('; ')}.`,
        ]),
  ];
}

/** A recall from 0 to 1 as a percentage with one decimal, and its SD where there is one. */
function percent({ mean, sd }: Pick<Spread, 'mean' | 'sd'>): string {
  if (mean === null) return '–';
  return (100 * mean).toFixed(1) + (sd === null ? '' : ` ± ${(100 * sd).toFixed(1)}`);
}
