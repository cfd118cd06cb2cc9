import { join } from 'node:path';
import { reportOf } from '../experiment/index.ts';
import { type Artifacts, openArtifacts } from './artifacts.ts';
import { type Results, resultsOf } from './clusters.ts';
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
  const scored = replicates.length > 0 ? resultsOf(replicates) : undefined;
  if (scored === undefined)
    draft.missing.push('Confusion, clusters, examples and errors: the record has no predictions.');
  else await addScores(draft, material, scored, word);
  await addCurves(draft, material, artifacts);
  if (replicates.length > 0) await addExamples(draft, material, artifacts, folders);
  if (replicates.length > 0) draft.sections.push(sections.mistakesSection(findMistakes(replicates), word));
  const own = ownTables(
    results,
    draft.tables.map(({ name }) => name),
  );
  draft.tables.push(...own);
  if (own.length > 0) draft.sections.push(sections.ownSection(own));
  const notes = [...reports.flatMap((report) => report.notes), ...caveats(material, scored, word)];
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

async function addScores(draft: Draft, { replicates }: Material, scored: Results, word: string): Promise<void> {
  const confusion = confusionOf(replicates);
  const tables = {
    results: resultsTable(scored, replicates.length, word),
    confusion: confusionTable(confusion, replicates.length),
    clusters: clustersTable(scored, word),
  };
  const [matrix, clusters] = [
    await draw(draft, confusionFigure(confusion, replicates.length)),
    await draw(draft, clustersFigure(scored, word)),
  ];
  draft.tables.push(...Object.values(tables));
  draft.sections.push(
    sections.resultSection(tables.results, scored),
    sections.confusionSection(matrix, tables.confusion),
    sections.clustersSection(clusters, tables.clusters, word, scored),
  );
  draft.files['predictions.csv'] = predictionsCsv(replicates, word);
  draft.files['clusters.csv'] = clustersCsv(scored, replicates, word);
}

async function addCurves(draft: Draft, { facts }: Material, artifacts: Artifacts): Promise<void> {
  const { histories, gone } = readHistories(facts, artifacts);
  if (gone > 0) draft.missing.push(`Learning curves of ${gone} trainings: their artifacts are gone.`);
  else if (histories.length === 0) draft.missing.push('Learning curves: no stage has a history of its training.');
  if (histories.length === 0) return;
  const figure = await draw(draft, curvesFigure(histories));
  draft.sections.push(sections.curvesSection(figure, histories.length));
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
  const point = Object.entries(first.point)
    .map(([axis, value]) => `${axis} ${value}`)
    .join(', ');
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
function headlineOf(scored: Results | undefined): readonly string[] {
  if (scored === undefined) return [];
  const { mean, deviation, values } = scored.uar;
  const spread = deviation === undefined ? 'one replicate' : `mean ± SD over ${values.length} replicates`;
  const value = deviation === undefined ? percent(mean) : `${percent(mean)} ± ${percent(deviation)}`;
  return [`UAR ${value ?? '–'} % (${spread}; chance ${(100 / scored.classes.length).toFixed(1)} %)`];
}

/** What must be known to believe the numbers. */
function caveats({ record, replicates }: Material, scored: Results | undefined, word: string): string[] {
  const { git } = record.environment;
  const clusters = scored?.clusters.length;
  return [
    ...(replicates.length === 1 ? ['There is one replicate alone: how much the seed matters is not known.'] : []),
    ...(clusters !== undefined && clusters < 10
      ? [`There are ${clusters} clusters (${word}) only: the intervals are wide, and so few may not stand for others.`]
      : []),
    ...(git?.dirty === true ? ['Files differed from the commit, or were not in it, when the run was made.'] : []),
  ];
}
