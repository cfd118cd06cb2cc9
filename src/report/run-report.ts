import { join } from 'node:path';
import { type RunRecord, reportOf } from '../experiment/index.ts';
import { agrees } from '../plan/matrix.ts';
import { type Artifacts, openArtifacts } from './artifacts.ts';
import { confusionOf } from './confusion.ts';
import { clustersFigure } from './figures/clusters.ts';
import { confusionFigure } from './figures/confusion.ts';
import { drawSvg, type Figure } from './figures/draw.ts';
import { curvesFigure } from './figures/learning-curves.ts';
import { readHistories } from './histories.ts';
import { type Section, renderPage } from './html/page.ts';
import type { DrawnFigure } from './html/parts.ts';
import { type Folders, type Material, readMaterial } from './material.ts';
import { findMistakes } from './mistakes.ts';
import { clustersCsv, predictionsCsv } from './run-csv.ts';
import * as sections from './run-sections.ts';
import { clustersTable, confusionTable, ownTables, percent, resultsTable } from './run-tables.ts';
import type { ReportContent } from './content.ts';
import {
  type ScoredConfiguration,
  partOf,
  pointText,
  scoredConfigurations,
  sectionOf,
} from './scored-configurations.ts';
import type { Table } from './tables/table.ts';
import { drawTimelines } from './timelines.ts';
import { loadViews, stageFoldersOf } from './views.ts';

/** The parts of a report while it is put together. */
interface Draft {
  readonly sections: Section[];
  readonly figures: DrawnFigure[];
  readonly tables: Table[];
  readonly files: Record<string, string>;
  /** What could not be shown, and why. */
  readonly missing: string[];
}

/** The report of a recorded run. Throws a PipeError as `readMaterial` does. */
export async function runReport(folders: Folders, wanted: string): Promise<ReportContent> {
  const material = readMaterial(folders, wanted);
  const artifacts = await openArtifacts(folders.artifacts);
  try {
    return await compose(material, artifacts, folders);
  } finally {
    await artifacts.close();
  }
}

async function compose(material: Material, artifacts: Artifacts, folders: Folders): Promise<ReportContent> {
  const { record, results, replicates } = material;
  const draft: Draft = { sections: [], figures: [], tables: [], files: {}, missing: [] };
  const reports = results.flatMap(({ value }) => reportOf(value) ?? []);
  const word = record.roles?.cluster ?? 'cluster';
  const scored = scoredConfigurations(replicates);
  if (scored.length === 0)
    draft.missing.push('Confusion, clusters, examples and errors: the record has no predictions.');
  for (const one of scored) await addScores(draft, one, word);
  if (scored.length > 0) draft.files['predictions.csv'] = predictionsCsv(replicates, word);
  await addCurves(draft, material, artifacts, scored);
  await addExamples(draft, material, artifacts, folders);
  for (const one of scored) {
    draft.sections.push(sectionOf(one, sections.mistakesSection(findMistakes(one.replicates), word)));
  }
  const own = ownTables(
    results,
    draft.tables.map(({ name }) => name),
  );
  draft.tables.push(...own);
  if (own.length > 0) draft.sections.push(sections.ownSection(own));
  const notes = [...reports.flatMap((report) => report.notes), ...caveats(material.record, scored, word)];
  draft.sections.push(sections.notesSection(notes, draft.missing), sections.provenanceSection(material));
  const title = `${record.pipeline}${reports[0]?.title ? `: ${reports[0].title}` : ''}`;
  const page = renderPage({
    title,
    subtitle: `Run ${record.run}, ${record.startedAt.slice(0, 10)}`,
    headline: record.headline?.length ? record.headline : headlineOf(scored),
    sections: draft.sections,
    footer: `Made by pipe ${record.environment.pipe} from the record of ${record.pipeline}/${record.run}. This file needs no network.`,
  });
  return {
    name: `${record.pipeline}-${record.run}`,
    page,
    figures: draft.figures,
    tables: draft.tables,
    files: draft.files,
  };
}

async function addScores(draft: Draft, one: ScoredConfiguration, word: string): Promise<void> {
  const { replicates, results } = one;
  const confusion = confusionOf(replicates);
  const tables = {
    results: partOf(one, resultsTable(results, replicates.length, word)),
    confusion: partOf(one, confusionTable(confusion, replicates.length)),
    clusters: partOf(one, clustersTable(results, word)),
  };
  const [matrix, clusters] = [
    await draw(draft, partOf(one, confusionFigure(confusion, replicates.length))),
    await draw(draft, partOf(one, clustersFigure(results, word))),
  ];
  draft.tables.push(...Object.values(tables));
  const own = [
    sections.resultSection(tables.results, results),
    sections.confusionSection(matrix, tables.confusion),
    sections.clustersSection(clusters, tables.clusters, word, results),
  ];
  draft.sections.push(...own.map((section) => sectionOf(one, section)));
  draft.files[`clusters${one.ending}.csv`] = clustersCsv(results, replicates, word);
}

async function addCurves(
  draft: Draft,
  { facts }: Material,
  artifacts: Artifacts,
  scored: readonly ScoredConfiguration[],
): Promise<void> {
  const { histories, gone } = readHistories(facts, artifacts);
  if (gone > 0) draft.missing.push(`Learning curves of ${gone} trainings: their artifacts are gone.`);
  else if (histories.length === 0) draft.missing.push('Learning curves: no stage has a history of its training.');
  const parts = scored.length > 1 ? scored : [{ name: '', ending: '', point: {} }];
  for (const part of parts) {
    const own = histories.filter(({ point }) => agrees(part.point, point));
    if (own.length === 0) continue;
    const figure = await draw(draft, partOf(part, curvesFigure(own)));
    draft.sections.push(sectionOf(part, sections.curvesSection(figure, own.length)));
  }
}

async function addExamples(draft: Draft, material: Material, artifacts: Artifacts, folders: Folders): Promise<void> {
  const { facts, replicates, pipelineText, record } = material;
  const [first] = replicates;
  const word = record.roles?.cluster ?? 'cluster';
  if (first === undefined) return;
  const stageFolders = stageFoldersOf(pipelineText, record.spec);
  const views = await loadViews(facts, artifacts, { codeFolder: join(folders.artifacts, 'code'), stageFolders });
  const { timelines, silent } = await drawTimelines(first, views);
  const figures = timelines.flatMap(({ figure }) => figure ?? []);
  draft.figures.push(...figures);
  draft.missing.push(...[...views.faults].map((fault) => `${fault.slice(0, 1).toUpperCase()}${fault.slice(1)}.`));
  if (timelines.every(({ audio }) => audio === undefined))
    draft.missing.push('Sound: no stage shows any, or its artifacts are gone.');
  if (figures.length === 0) draft.missing.push('Pictures of units: no stage shows any, or its artifacts are gone.');
  else if (!figures.some(({ spec }) => 'vconcat' in spec && spec.vconcat.length > 1)) {
    draft.missing.push('Attention: the run has none of it; one made by an older version has not.');
  }
  const point = pointText(first.point);
  draft.sections.push(
    sections.examplesSection(timelines, { silent, replicate: point === '' ? 'the only replicate' : point, word }),
  );
}

async function draw(draft: Draft, figure: Figure): Promise<DrawnFigure> {
  const drawn = { ...figure, svg: await drawSvg(figure) };
  draft.figures.push(drawn);
  return drawn;
}

/** Where no stage says one. */
const headlineOf = (scored: readonly ScoredConfiguration[]): readonly string[] =>
  scored.map(({ name, results: { uar, classes } }) => {
    const { mean, deviation, values } = uar;
    const spread = deviation === undefined ? 'one replicate' : `mean ± SD over ${values.length} replicates`;
    const value = deviation === undefined ? percent(mean) : `${percent(mean)} ± ${percent(deviation)}`;
    const what = name === '' ? '' : `${name}: `;
    return `${what}UAR ${value ?? '–'} % (${spread}; chance ${(100 / classes.length).toFixed(1)} %)`;
  });

/** What must be known to believe the numbers. */
function caveats(
  { environment: { git }, sweep }: RunRecord,
  scored: readonly ScoredConfiguration[],
  word: string,
): string[] {
  const clusters = scored[0]?.results.clusters.length;
  return [
    ...(sweep?.selection === undefined ? [] : [`Chosen by the sweep ${sweep.name}: ${sweep.selection}.`]),
    ...(scored.some(({ replicates }) => replicates.length === 1)
      ? ['There is one replicate alone: how much the seed matters is not known.']
      : []),
    ...(scored.length > 1
      ? [
          `The run has ${scored.length} configurations: choosing one by these figures is choosing on test data. ` +
            '`pipe compare` tests their differences.',
        ]
      : []),
    ...(clusters !== undefined && clusters < 10
      ? [`There are ${clusters} clusters (${word}) only: the intervals are wide, and so few may not stand for others.`]
      : []),
    ...(git?.dirty === true ? ['Files differed from the commit, or were not in it, when the run was made.'] : []),
  ];
}
