import { type Table, cellText, isFigureColumn } from './table.ts';

/** A table for LaTeX with the package booktabs, to be taken in by `\input`. */
export function latexTable(table: Table): string {
  const { name, title, columns, rows, note } = table;
  const row = (cells: readonly string[]) => `    ${cells.map(escapeLatex).join(' & ')} \\\\`;
  const alignment = columns.map((_, column) => (isFigureColumn(table, column) ? 'r' : 'l')).join('');
  return [
    '% needs \\usepackage{booktabs}',
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${escapeLatex(note === undefined ? title : `${title}. ${note}`)}}`,
    `  \\label{tab:${name}}`,
    `  \\begin{tabular}{${alignment}}`,
    '    \\toprule',
    row(columns),
    '    \\midrule',
    ...rows.map((cells) => row(columns.map((_, at) => cellText(cells[at])))),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n');
}

/** Text as LaTeX sets it. Letters of other scripts need a font that has them. */
export function escapeLatex(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[\\{}&%$#_~^±×–—−·…≥≤"|<>[\]]/g, (character) => replacements[character] ?? character);
}

const replacements: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  '&': '\\&',
  '%': '\\%',
  $: '\\$',
  '#': '\\#',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '±': '$\\pm$',
  '×': '$\\times$',
  '–': '--',
  '—': '---',
  '−': '$-$',
  '·': '$\\cdot$',
  '…': '\\dots{}',
  '≥': '$\\geq$',
  '≤': '$\\leq$',
  // The straight sign is not in every font encoding.
  '"': "''",
  '|': '\\textbar{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  // After \\ at a line's beginning a bracket would be an option.
  '[': '{[}',
  ']': '{]}',
};
