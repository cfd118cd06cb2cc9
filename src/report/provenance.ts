import type { Facts } from '../plan/facts.ts';
import { runCommand, sweepCommand } from '../experiment/command-again.ts';
import type { Openings, RunRecord } from '../experiment/index.ts';
import type { Environment } from '../experiment/environment.ts';
import type { Sweep } from '../sweep/read-sweep.ts';
import type { Table } from './tables/table.ts';

/** Where a result comes from, as names and what they stand for. */
export function provenanceOf(
  record: RunRecord,
  { stages, tasks, items }: Facts,
): readonly (readonly [string, string])[] {
  const { counts, data, engines = {}, overrides } = record;
  return [
    ['run', `${record.pipeline}/${record.run}`],
    ['started', `${record.startedAt}${record.seconds === undefined ? '' : `, took ${record.seconds.toFixed(0)} s`}`],
    ['pipeline file', record.spec],
    ...overrides.map((override) => ['--set', override] as const),
    ...Object.entries(data).map(([name, path]) => [`data ${name}`, path] as const),
    ...(counts
      ? [
          [
            'tasks',
            Object.entries(counts)
              .map(([name, count]) => `${count} ${name}`)
              .join(', '),
          ] as const,
        ]
      : []),
    ...(record.tasks === undefined ? [] : [['digest of all keys', record.tasks] as const]),
    ...(tasks.size === 0
      ? []
      : [['recorded', `${stages.size} stages, ${tasks.size} tasks, ${items.size} items`] as const]),
    ...environmentOf(record.environment),
    ...Object.entries(engines).map(([stage, engine]) => [`engine of ${stage}`, engine] as const),
    ['checksum of the record', record.sum ?? 'none'],
  ];
}

export function environmentOf({ git, ...environment }: Environment): readonly (readonly [string, string])[] {
  return [
    [
      'commit',
      git === undefined ? 'not in git' : `${git.commit}${git.dirty ? ', with uncommitted changes' : ', clean'}`,
    ],
    ['software', `pipe ${environment.pipe}, Node ${environment.node}`],
    ['package lock', environment.packageLock],
    ['system', environment.system],
    ['machine', `${environment.cores} x ${environment.cpu}, ${(environment.memoryBytes / 2 ** 30).toFixed(1)} GiB`],
  ];
}

/** What every stage was: its code by digest, and how many parameter sets. */
export function stagesTable({ stages }: Facts): Table {
  return {
    name: 'stages',
    title: 'Stages and their code',
    columns: ['stage', 'type', 'points', 'SHA-256 of the code'],
    rows: Array.from(stages.values(), ({ stage, uses, points, code }) => [
      stage,
      uses,
      Math.max(1, points.length),
      code,
    ]),
  };
}

/** Commands that make the result again. */
export function commandsOf(record: RunRecord): string {
  const { pipeline, run } = record;
  return [...checkout(record), runCommand(record), `pipe reproduce ${pipeline}/${run}`].join('\n');
}

/** The same of a sweep. */
export const sweepCommandsOf = ({ folder, record }: Pick<Sweep, 'folder' | 'record'>): string =>
  [...checkout(record), `${sweepCommand(folder, record)} --new`].join('\n');

const checkout = ({ environment: { git } }: Pick<RunRecord, 'environment'>): readonly string[] =>
  git === undefined ? [] : [`git checkout ${git.commit}`];

/** How often the test data were looked at, in a sentence or two. */
export function openingsText(openings: Openings | undefined): string {
  if (openings === undefined) return 'This record does not say which units it was tested on.';
  const { runs, partly, configurations, pipelines, unknown, damaged } = openings;
  const where = Object.entries(pipelines).map(([name, count]) => `${name} ${count}`);
  const unread = [
    ...(unknown > 0 ? [`${unknown} do not say what they were tested on`] : []),
    ...(damaged > 0 ? [`${damaged} cannot be read`] : []),
  ];
  const also = unread.length > 0 ? ` Of the other records ${unread.join(' and ')}.` : '';
  if (runs === 1) return `The test set was opened once: no other recorded run was tested on any of these units.${also}`;
  return (
    `These units were tested by ${runs} recorded runs (${where.join(', ')}), ` +
    (partly > 0 ? `${partly} of them on other test sets that share some of the units, ` : '') +
    `${configurations} of them with other keys than an earlier one: so often the test set was opened.${also}`
  );
}
