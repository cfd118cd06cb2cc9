import { type Figure, embeddedSvg } from '../figures/draw.ts';
import { type Table, cellText, isFigureColumn } from '../tables/table.ts';
import { type Html, escapeHtml, fragment, raw } from './html.ts';

export interface DrawnFigure extends Figure {
  readonly svg: string;
}

/** A chart with its caption; on a narrow screen it can be moved sideways, by keyboard too. */
export function figureHtml(figure: DrawnFigure, caption: string, wrap: (svg: Html) => Html = (svg) => svg): Html {
  return fragment`<figure>
    ${scrollable(figure.title, wrap(raw(embeddedSvg(figure.svg, figure, escapeHtml))))}
    <figcaption>${caption}</figcaption>
  </figure>`;
}

export const scrollable = (label: string, body: Html): Html =>
  fragment`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${body}</div>`;

/** A table with its caption and note. Names of columns and rows are headers of theirs. */
export function tableHtml(table: Table, { sortable = false }: { readonly sortable?: boolean } = {}): Html {
  const { title, columns, rows, note } = table;
  const figures = columns.map((_, column) => isFigureColumn(table, column));
  const classOf = (column: number) => raw(figures[column] === true ? ' class="figure"' : '');
  const head = columns.map((name, column) => fragment`<th scope="col"${classOf(column)}>${name}</th>`);
  const body = rows.map((row) => {
    const cells = columns.map((_, column) => {
      const text = cellText(row[column]);
      return column === 0 ? fragment`<th scope="row">${text}</th>` : fragment`<td${classOf(column)}>${text}</td>`;
    });
    return fragment`<tr>${cells}</tr>\n`;
  });
  const open = raw(sortable ? '<table data-sortable>' : '<table>');
  return fragment`${scrollable(
    title,
    fragment`${open}<caption>${title}</caption><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table>`,
  )}${note === undefined ? undefined : fragment`<p class="note">${note}</p>`}`;
}

/** Names and what they stand for. */
export function listHtml(entries: readonly (readonly [name: string, value: string | Html])[]): Html {
  return fragment`<dl>
    ${entries.map(
      ([name, value]) =>
        fragment`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

export const notesHtml = (notes: readonly string[]): Html =>
  notes.length === 0
    ? fragment``
    : fragment`<ul>
        ${notes.map((note) => fragment`<li>${note}</li>`)}
      </ul>`;
