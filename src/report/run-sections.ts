import type { Results } from './clusters.ts';
import type { Section } from './html/page.ts';
import { type DrawnFigure, figureHtml, listHtml, notesHtml, scrollable, tableHtml } from './html/parts.ts';
import { type Html, fragment } from './html/html.ts';
import type { Material } from './material.ts';
import type { Mistake } from './mistakes.ts';
import { commandsOf, openingsText, provenanceOf, stagesTable } from './provenance.ts';
import { percent } from './run-tables.ts';
import type { Table } from './tables/table.ts';
import type { Timeline } from './timelines.ts';

/** A page lists so many errors; the CSV file has all predictions. */
export const shownMistakes = 200;

export function resultSection(table: Table, { uar }: Results): Section {
  const range = uar.values.map((value) => percent(value)).join(', ');
  return {
    id: 'result',
    title: 'Result',
    body: fragment`${tableHtml(table)}
      <p class="note">UAR of each replicate, %: ${range}.</p>`,
  };
}

export const confusionSection = (figure: DrawnFigure, table: Table): Section => ({
  id: 'confusion',
  title: 'Confusion',
  body: fragment`${figureHtml(figure, 'The share of each row in %, and below it the count over all replicates. Rows are what was said, columns what was recognised.')}
    <details>
      <summary>As a table</summary>
      ${tableHtml(table)}
    </details>`,
});

export const clustersSection = (figure: DrawnFigure, table: Table, word: string, { uar }: Results): Section => ({
  id: 'clusters',
  title: `By ${word}`,
  body: fragment`${figureHtml(figure, `Diamonds: mean over the replicates; circles: each replicate. Dashed: all together; the band behind is its 95 % interval over the ${uar.clusters} clusters.`)}${tableHtml(table)}`,
});

export const curvesSection = (figure: DrawnFigure, trainings: number): Section => ({
  id: 'learning-curves',
  title: 'Learning curves',
  body: figureHtml(
    figure,
    `Thin: each of the ${trainings} trainings; thick: their median over those that were still going on.`,
  ),
});

export function examplesSection(
  timelines: readonly Timeline[],
  { silent, replicate, word }: { readonly silent: number; readonly replicate: string; readonly word: string },
): Section {
  const notes = [
    `Of ${replicate}: the most confident errors, the least certain answer, and of each class what was recognised with most confidence.`,
    ...(silent > 0 ? [`${silent} have no sound, since the page would grow too large.`] : []),
  ];
  return {
    id: 'examples',
    title: 'Examples to look at and listen to',
    body: fragment`<p class="note">${notes.join(' ')}</p>
      ${timelines.map((timeline) => exampleHtml(timeline, word))}`,
  };
}

function exampleHtml({ example, audio, figure }: Timeline, word: string): Html {
  const { why, prediction, confidence } = example;
  const { unit, cluster, label, predicted } = prediction;
  const answer = label === predicted ? `${label}, recognised` : `${label}, taken for ${predicted}`;
  const cut = audio?.clip.isCut === true ? `; its first ${audio.clip.seconds.toFixed(0)} s` : '';
  return fragment`<article>
    <h3>${unit}: ${answer}</h3>
    <p class="note">${kinds[why]}; ${word} ${cluster}; posterior of ${predicted} ${percent(confidence) ?? '–'} %.</p>
    ${
      audio &&
      fragment`<audio controls preload="metadata" src="${audio.clip.url}" aria-label="${`${audio.title}: ${unit}`}"></audio>
        <p class="note">${audio.title}${cut}.</p>`
    }
    ${figure && timelineHtml(figure)}
  </article> `;
}

const kinds = {
  'confident error': 'Confident error',
  'least certain': 'Least certain',
  correct: 'Recognised with most confidence',
};

function timelineHtml(figure: NonNullable<Timeline['figure']>): Html {
  const { left, width, seconds } = figure.span;
  // The line that moves while the sound plays belongs to the picture, however wide that is.
  const wrap = (svg: Html) => fragment`<div class="timeline"
data-left="${left.toFixed(5)}" data-width="${width.toFixed(5)}" data-seconds="${seconds.toFixed(4)}">
${svg}<div class="cursor"></div></div>`;
  return figureHtml(figure, figure.caption, wrap);
}

export function mistakesSection(mistakes: readonly Mistake[], word: string): Section {
  const shown = mistakes.slice(0, shownMistakes);
  const table: Table = {
    name: 'errors',
    title: 'Errors, the most confident first',
    columns: ['unit', word, 'actual', 'predicted', 'wrong tests', 'tests', 'confidence, %', 'of the actual, %'],
    rows: shown.map((one) => [
      one.unit,
      one.cluster,
      one.label,
      one.predicted,
      one.wrong,
      one.tests,
      percent(one.confidence),
      percent(one.ofLabel),
    ]),
    note:
      'Confidence is the posterior of what was wrongly predicted, and beside it that of the actual class: means over the tests that were wrong. ' +
      `A click on a column's name sorts by it.${mistakes.length > shown.length ? ` ${mistakes.length - shown.length} more are in predictions.csv.` : ''}`,
  };
  const body = shown.length === 0 ? fragment`<p>There are none.</p>` : tableHtml(table, { sortable: true });
  return { id: 'errors', title: `Errors (${mistakes.length} units)`, body };
}

export const ownSection = (tables: readonly Table[]): Section => ({
  id: 'tables',
  title: "The run's own tables",
  body: fragment`${tables.map((table) => tableHtml(table))}`,
});

export function notesSection(notes: readonly string[], missing: readonly string[]): Section {
  const left =
    missing.length === 0
      ? undefined
      : fragment`<h3>Left out</h3>
          ${notesHtml(missing)}`;
  return { id: 'notes', title: 'Notes', body: fragment`${notesHtml(notes)}${left}` };
}

export function provenanceSection({ record, facts, openings, pipelineText }: Material): Section {
  return {
    id: 'provenance',
    title: 'Where it comes from',
    body: fragment`<p>${openingsText(openings)}</p>
      ${listHtml(provenanceOf(record, facts))}
      <h3>To make it again</h3>
      <pre><code>${commandsOf(record)}</code></pre>
      ${
        facts.stages.size > 0
          ? fragment`<details>
              <summary>Stages and their code</summary>
              ${tableHtml(stagesTable(facts))}
            </details>`
          : undefined
      }
      <details>
        <summary>The pipeline</summary>
        ${scrollable('The pipeline', fragment`<pre><code>${pipelineText}</code></pre>`)}
      </details>`,
  };
}
