import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PipeError, exitCodes } from '../errors.ts';
import { sweepCommand } from '../experiment/command-again.ts';
import { damagedRecord } from '../experiment/index.ts';
import { changedFiles } from '../experiment/seal.ts';
import { type Sweep, findSweep, openSweep } from '../sweep/read-sweep.ts';
import { type SweepRecord, sweepFiles } from '../sweep/sweep-record.ts';
import type { ReportContent } from './content.ts';
import { drawSvg } from './figures/draw.ts';
import { importanceFigure } from './figures/importance.ts';
import { coordinatesFigure } from './figures/parallel-coordinates.ts';
import { trialsFigure } from './figures/trials.ts';
import { fragment } from './html/html.ts';
import { type Section, renderPage } from './html/page.ts';
import { type DrawnFigure, figureHtml, listHtml, notesHtml, scrollable, tableHtml } from './html/parts.ts';
import type { Folders } from './material.ts';
import { environmentOf, sweepCommandsOf } from './provenance.ts';
import { chosenTable, importanceTable, trialsCsv, trialsTable } from './sweep-tables.ts';
import { type Search, searchesOf } from './sweep-trials.ts';
import { type Table, nameFor } from './tables/table.ts';

/**
 * The report of a sweep. Throws a PipeError: as `findSweep` does, `damaged-record`, and `sweep-without-trials`. An
 * unfinished sweep is reported as far as it is, and the page says so.
 */
export async function sweepReport({ experiments }: Folders, wanted: string): Promise<ReportContent> {
  const sweep = openSweep(findSweep(experiments, wanted));
  const { folder, record, trials } = sweep;
  const [damage] = changedFiles(folder, record);
  if (damage !== undefined) throw damagedRecord(damage);
  if (trials.length === 0) throw withoutTrials(sweep);
  const searches = searchesOf(sweep);
  const endings = endingsOf(searches);
  const parts = await Promise.all(
    searches.map((search) => describeSearch(search, endings.get(search.name) ?? '', record)),
  );
  const chosen = chosenTable(record);
  const page = renderPage({
    title: `Sweep ${record.name}`,
    subtitle: `${record.id}, of the pipeline ${record.pipeline.name}`,
    headline: headline(record),
    sections: [
      choiceSection(record, chosen),
      ...parts.map(({ section }) => section),
      notesSection(record),
      provenanceSection(sweep),
    ],
    footer: `Made by pipe ${record.environment.pipe} from the record of the sweep ${record.name}/${record.id}. This file needs no network.`,
  });
  return {
    name: `${record.name}-${record.id}`,
    page,
    figures: parts.flatMap(({ figures }) => figures),
    tables: [...(chosen ? [chosen] : []), ...parts.flatMap(({ tables }) => tables)],
    files: { 'trials.csv': trialsCsv(searches, record) },
  };
}

interface SearchPart {
  readonly section: Section;
  readonly figures: readonly DrawnFigure[];
  readonly tables: readonly Table[];
}

/** How the names of each search's files end. */
function endingsOf(searches: readonly Search[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  const endings = new Map<string, string>();
  for (const { name } of searches) {
    const ending = name === '' ? '' : nameFor(name, taken);
    taken.add(ending);
    endings.set(name, ending === '' ? '' : `-${ending}`);
  }
  return endings;
}

async function describeSearch(search: Search, suffix: string, record: SweepRecord): Promise<SearchPart> {
  const draw = async (figure: ReturnType<typeof coordinatesFigure>) =>
    figure === undefined ? [] : [{ ...figure, svg: await drawSvg(figure) }];
  const [objective, coordinates, importance] = [
    await draw(trialsFigure(`objective${suffix}`, search, record)),
    await draw(coordinatesFigure(`parallel-coordinates${suffix}`, search, record)),
    await draw(importanceFigure(`importance${suffix}`, search)),
  ];
  const tables = [
    trialsTable(`trials${suffix}`, search, record),
    importanceTable(`importance${suffix}`, search),
  ] as const;
  const body = fragment`${objective.map((figure) => figureHtml(figure, 'Dashed: the best so far. Paused trials were not trained to the end.'))}
  ${coordinates.map((figure) => figureHtml(figure, 'A line for each trial that was trained to the end: the better third strong, what was chosen thick and dashed.'))}
  ${importance.map((figure) => figureHtml(figure, 'How much of the variance of the objective goes with each parameter by itself.'))}
  ${tableHtml(tables[1])}${tableHtml(tables[0], { sortable: true })}`;
  const title = search.name === '' ? 'Trials' : `Trials of ${search.name}`;
  return {
    section: { id: `trials${suffix}`, title, body },
    figures: [...objective, ...coordinates, ...importance],
    tables,
  };
}

const headline = ({ final = [] }: SweepRecord): string[] =>
  final.flatMap(({ each, headline: lines }) => lines.map((line) => (each === undefined ? line : `${each}: ${line}`)));

function choiceSection(record: SweepRecord, chosen: Table | undefined): Section {
  const { final = [], selection, choice } = record;
  const runs = final.map(({ each, run, status }) => `${each === undefined ? '' : `${each}: `}${run} (${status})`);
  return {
    id: 'choice',
    title: 'The choice',
    body: fragment`<p class="warning"><strong>${selection ?? `choice: ${choice}`}.</strong> ${choiceText(record)}</p>
      ${chosen ? tableHtml(chosen) : fragment`<p>Nothing was chosen yet.</p>`}
      <h3>Tested</h3>
      ${runs.length === 0 ? fragment`<p>The test data were not read.</p>` : notesHtml(runs)}
      ${runs.length > 1 && final.every(({ each }) => each === undefined) ? fragment`<p class="warning">The test data were read ${runs.length} times.</p>` : undefined}`,
  };
}

function choiceText({ choice, foldAxis }: SweepRecord): string {
  const axis = foldAxis ?? 'fold';
  return choice === 'nested'
    ? `For each ${axis} the configuration was chosen by the development data of that ${axis} alone: its test data took no part.`
    : 'One configuration was chosen for all, by development data of all folds together: its result may be somewhat too good.';
}

function notesSection({
  status,
  counts,
  budget,
  computeSeconds,
  strategy,
  parallel,
  objective,
  error,
}: SweepRecord): Section {
  const limits = [
    ...(budget.trials === undefined ? [] : [`${budget.trials} trials`]),
    ...(budget.hours === undefined ? [] : [`${budget.hours} h`]),
  ];
  const { kind, ...rest } = strategy;
  return {
    id: 'search',
    title: 'The search',
    body: fragment`${status === 'done' ? undefined : fragment`<p class="warning">The sweep is not done: it is ${status}${error === undefined ? '' : ` (${error.message})`}.</p>`}
    ${listHtml([
      ['objective', `${objective.text}, ${objective.direction}d`],
      [
        'strategy',
        [kind, ...Object.entries(rest).map(([name, value]) => `${name} ${JSON.stringify(value)}`)].join(', '),
      ],
      ['budget', limits.length === 0 ? 'none' : limits.join(' or ')],
      ['at once', `trial n is proposed from exactly the trials up to n - ${parallel}`],
      ...(counts
        ? [
            [
              'trials',
              `${counts.trials}: ${counts.done} done, ${counts.paused} paused, ${counts.failed} failed`,
            ] as const,
          ]
        : []),
      ...(computeSeconds === undefined
        ? []
        : [['computed', `${(computeSeconds / 3600).toFixed(2)} h, each task once`] as const]),
    ])}`,
  };
}

function provenanceSection(sweep: Sweep): Section {
  const { folder, record } = sweep;
  const { spec, pipeline, overrides, data, startedAt, seconds } = record;
  const text = specText(folder);
  return {
    id: 'provenance',
    title: 'Where it comes from',
    body: fragment`${listHtml([
      ['sweep', `${record.name}/${record.id}`],
      ['started', `${startedAt}${seconds === undefined ? '' : `, took ${seconds.toFixed(0)} s`}`],
      ['sweep file', spec],
      ['pipeline file', pipeline.file],
      ...overrides.map((override) => ['set', override] as const),
      ...Object.entries(data).map(([name, path]) => [`data ${name}`, path] as const),
      ...environmentOf(record.environment),
      ['checksum of the record', record.sum ?? 'none'],
    ])}
      <h3>To make it again</h3>
      <pre><code>${sweepCommandsOf(sweep)}</code></pre>
      <details>
        <summary>The sweep's file</summary>
        ${scrollable("The sweep's file", fragment`<pre><code>${text}</code></pre>`)}
      </details>`,
  };
}

function specText(folder: string): string {
  try {
    return readFileSync(join(folder, sweepFiles.spec), 'utf8');
  } catch {
    return '(not recorded)';
  }
}

function withoutTrials({ folder, record }: Sweep): PipeError {
  const { name, id, status } = record;
  return new PipeError('sweep-without-trials', `The sweep ${name}/${id} has no trials to report; it is ${status}.`, {
    exitCode: exitCodes.usage,
    advice: `Go on with it: ${sweepCommand(folder, record)}`,
  });
}
