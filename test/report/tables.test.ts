import fc from '../support/fast-check.ts';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { csv } from '../../src/report/tables/csv.ts';
import { escapeLatex, latexTable } from '../../src/report/tables/latex.ts';
import { markdownTable } from '../../src/report/tables/markdown.ts';
import { type Table, isFigureColumn, nameFor } from '../../src/report/tables/table.ts';

const table: Table = {
  name: 'recall',
  title: 'Recall, %',
  columns: ['speaker', 'UAR', 'lacks'],
  rows: [
    ['03', '85.7 ± 1.2', ''],
    ['a_b|c', 100, 'sad & happy'],
    ['11', null, '$5'],
  ],
  note: 'Mean of 3 seeds.',
};

describe('a Markdown table', () => {
  test('has a title, aligned columns, and a note', () => {
    expect(markdownTable(table)).toBe(
      [
        '**Recall, %**',
        '',
        '| speaker | UAR | lacks |',
        '| :-- | --: | :-- |',
        '| 03 | 85.7 ± 1.2 |  |',
        '| a\\_b\\|c | 100 | sad & happy |',
        '| 11 | – | $5 |',
        '',
        'Mean of 3 seeds.',
        '',
      ].join('\n'),
    );
  });

  test('keeps its rows and cells whatever a name holds', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string()), { minLength: 1 }), (rows) => {
        const lines = markdownTable({ name: 't', title: 'T', columns: ['a', 'b'], rows })
          .trimEnd()
          .split('\n')
          .slice(2);
        expect(lines.length).toBe(rows.length + 2);
        for (const line of lines) expect(line.replaceAll(/\\./g, '').split('|').length).toBe(4);
      }),
    );
  });
});

describe('a LaTeX table', () => {
  test('is set by booktabs, with a caption, a label and escaped cells', () => {
    expect(latexTable(table)).toBe(
      [
        '% needs \\usepackage{booktabs}',
        '\\begin{table}',
        '  \\centering',
        '  \\caption{Recall, \\%. Mean of 3 seeds.}',
        '  \\label{tab:recall}',
        '  \\begin{tabular}{lrl}',
        '    \\toprule',
        '    speaker & UAR & lacks \\\\',
        '    \\midrule',
        '    03 & 85.7 $\\pm$ 1.2 &  \\\\',
        '    a\\_b\\textbar{}c & 100 & sad \\& happy \\\\',
        '    11 & -- & \\$5 \\\\',
        '    \\bottomrule',
        '  \\end{tabular}',
        '\\end{table}',
        '',
      ].join('\n'),
    );
  });

  test.each([
    ['50 % & more', '50 \\% \\& more'],
    ['C:\\a_b', 'C:\\textbackslash{}a\\_b'],
    ['{x}^2 ~ #1 $', '\\{x\\}\\textasciicircum{}2 \\textasciitilde{} \\#1 \\$'],
    ['[12] a\n\nb', '{[}12{]} a b'],
    ['say "no" <3', "say ''no'' \\textless{}3"],
  ])('escapes %j', (text, expected) => expect(escapeLatex(text)).toBe(expected));

  test('leaves no character of a name that LaTeX would act on', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const bare = escapeLatex(text)
          .replaceAll(/\\(textbackslash|textasciitilde|textasciicircum|textbar|textless|textgreater|dots)\{\}/g, '')
          .replaceAll(/\\[{}&%$#_]/g, '')
          .replaceAll(/\$(\\[a-z]+|-)\$/g, '')
          .replaceAll(/\{[[\]]\}/g, '');
        expect(bare).not.toMatch(/[\\{}&%$#_~^]/);
      }),
    );
  });
});

describe('CSV', () => {
  test('is read back as it was by a CSV parser, whatever its texts hold', () => {
    const cell = fc.oneof(
      fc.string().filter((text) => !/^[=+\-@\t\r]/.test(text)),
      fc.constantFrom('a,b', 'say "no"', 'two\nlines', ' x '),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
        const read = parse(csv(['a', 'b'], rows), { relax_column_count: false, record_delimiter: '\r\n' });
        expect(read).toEqual([['a', 'b'], ...rows]);
      }),
    );
  });

  test('leaves a field empty where there is nothing, and writes numbers in full', () => {
    expect(csv(['a', 'b', 'c'], [[null, undefined, 0.1 + 0.2]])).toBe('a,b,c\r\n,,0.30000000000000004\r\n');
  });

  test('leaves negative numbers numbers, given as text too', () => {
    expect(csv(['a', 'b', 'c'], [[-0.5, '-1', '-1.5e-7']])).toBe('a,b,c\r\n-0.5,-1,-1.5e-7\r\n');
  });

  test.each(['=HYPERLINK("http://x")', '+1', '-1+2', '-a', '@a', '\t=a', '\n=a'])(
    'keeps a spreadsheet from computing %j',
    (text) => {
      const [, [cell] = []] = parse(csv(['a'], [[text]]), { record_delimiter: '\r\n' });
      expect(cell).toBe(`'${text}`);
    },
  );
});

describe('tables', () => {
  test('set figures flush right, but neither names nor texts', () => {
    const rows = [
      ['x', '12.3', '03', '4 of 5', '– '],
      ['y', null, '08', '–', 'a'],
    ];
    const columns = [0, 1, 2, 3, 4].map((column) => isFigureColumn({ rows }, column));
    expect(columns).toEqual([false, true, false, true, false]);
  });

  test('have names of their own, whatever their titles', () => {
    expect(nameFor('Confusion of utterances, % (rows actual)', new Set())).toBe('confusion-of-utterances-rows-actual');
    expect(nameFor('Größe', new Set(['grosse', 'gro-e', 'gro-e-2']))).toMatch(/^gro/);
    expect(nameFor('Recall', new Set(['recall', 'recall-2']))).toBe('recall-3');
    expect(nameFor('../../etc', new Set())).toBe('etc');
    expect(nameFor('…', new Set())).toBe('table');
  });
});
