import { type Figure, embeddedSvg } from '../figures/draw.ts';
import { type Table, cellText, isFigureColumn } from '../tables/table.ts';
import { type Html, escapeHtml, html, raw } from './html.ts';

export interface DrawnFigure extends Figure {
  readonly svg: string;
}

/** A chart with its caption; on a narrow screen it can be moved sideways, by keyboard too. */
export function figureHtml(figure: DrawnFigure, caption: string): Html {
  return html`<figure>
    ${scrollable(figure.title, raw(embeddedSvg(figure.svg, figure, escapeHtml)))}
    <figcaption>${caption}</figcaption>
  </figure>`;
}

export const scrollable = (label: string, body: Html): Html =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${body}</div>`;

/** @param sortable with the values to sort by, where the cells' texts are not good for it */
export function tableHtml(table: Table, { sortable = false }: { readonly sortable?: boolean } = {}): Html {
  const { title, columns, rows, note } = table;
  const figures = columns.map((_, column) => isFigureColumn(table, column));
  const classOf = (column: number) => raw(figures[column] === true ? ' class="figure"' : '');
  const head = columns.map((name, column) => html`<th scope="col" ${classOf(column)}>${name}</th>`);
  const body = rows.map((row) => {
    const cells = columns.map((_, column) => {
      const text = cellText(row[column]);
      return column === 0 ? html`<th scope="row">${text}</th>` : html`<td${classOf(column)}>${text}</td>`;
    });
    return html`<tr>
      ${cells}
    </tr> `;
  });
  const open = raw(sortable ? '<table data-sortable>' : '<table>');
  return html`${scrollable(
    title,
    html`${open}<caption>${title}</caption><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table>`,
  )}${note === undefined ? undefined : html`<p class="note">${note}</p>`}`;
}

/** Names and what they stand for. */
export function listHtml(entries: readonly (readonly [name: string, value: string | Html])[]): Html {
  return html`<dl>
    ${entries.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

export const notesHtml = (notes: readonly string[]): Html =>
  notes.length === 0
    ? html``
    : html`<ul>
        ${notes.map((note) => html`<li>${note}</li>`)}
      </ul>`;
