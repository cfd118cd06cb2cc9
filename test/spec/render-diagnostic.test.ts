import fc from '../support/fast-check.ts';
import picocolors from 'picocolors';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/errors.ts';
import { locate, renderDiagnostic, type RenderOptions } from '../../src/spec/index.ts';

fc.configureGlobal({ seed: 7 });

/** The first occurrence of `marked` in the text is the place. */
function render(
  text: string,
  marked: string,
  options: Partial<RenderOptions> & { readonly advice?: string } = {},
): string {
  const start = text.indexOf(marked);
  const diagnostic: Diagnostic = {
    code: 'unknown-key',
    message: 'Unknown key `nedds`.',
    place: { file: '/elsewhere/demo.yaml', start, end: start + marked.length },
    ...(options.advice === undefined ? {} : { advice: options.advice }),
  };
  return renderDiagnostic(diagnostic, { textOf: () => text, ...options });
}

describe('a diagnostic', () => {
  test('shows the place, the line, a squiggle and what to do', () => {
    expect(render('stages:\n  audio:\n    nedds: corpus\n', 'nedds', { advice: 'Did you mean `needs`?' })).toBe(
      [
        'error[unknown-key]: Unknown key `nedds`.',
        ' --> /elsewhere/demo.yaml:3:5',
        '  3 |     nedds: corpus',
        '    |     ^^^^^',
        'help: Did you mean `needs`?',
      ].join('\n'),
    );
  });

  test('may have no place and no advice', () => {
    expect(renderDiagnostic({ code: 'unknown-data', message: 'There is none.' })).toBe(
      'error[unknown-data]: There is none.',
    );
  });

  test('may be a note', () => {
    expect(render('a: 1', 'a', { severity: 'note' })).toMatch(/^note: Unknown key/);
  });

  test('whose file is gone still shows its name', () => {
    const diagnostic: Diagnostic = { code: 'x', message: 'X.', place: { file: '/nowhere/x.yaml', start: 3, end: 4 } };
    expect(renderDiagnostic(diagnostic)).toBe('error[x]: X.\n --> /nowhere/x.yaml:1:1');
  });

  test('about an override shows the override', () => {
    const diagnostic: Diagnostic = { code: 'x', message: 'X.', place: { file: '--set params.a=3', start: 9, end: 10 } };
    expect(renderDiagnostic(diagnostic).split('\n').slice(1)).toEqual([
      ' --> --set params.a=3:1:10',
      '  1 | params.a=3',
      '    |          ^',
    ]);
  });

  test('expands tabs and knows wide characters', () => {
    expect(render('a:\t"感情": x y', 'x').split('\n').slice(2)).toEqual([
      '  1 | a:    "感情": x y',
      '    |               ^',
    ]);
  });

  test('has one line of a place that runs over several', () => {
    expect(render('a: [1,\n  2,\n  3]\n', '[1,\n  2,\n  3]').split('\n').slice(2)).toEqual([
      '  1 | a: [1,',
      '    |    ^^^ and 2 more lines',
    ]);
  });

  test('marks the end of a line, and of a file', () => {
    expect(render('a: [1\n', '\n').split('\n').slice(2)).toEqual(['  1 | a: [1', '    |      ^']);
    expect(
      renderDiagnostic({ code: 'x', message: 'X.', place: { file: 'x', start: 3, end: 3 } }, { textOf: () => 'ab\n' }),
    ).toContain(' --> x:2:1\n  2 | \n    | ^');
  });

  test('counts lines that end with CR LF', () => {
    expect(render('a: 1\r\nb: x\r\n', 'x').split('\n').slice(1)).toEqual([
      ' --> /elsewhere/demo.yaml:2:4',
      '  2 | b: x',
      '    |    ^',
    ]);
  });

  test('cuts long lines around the place', () => {
    const text = `stages: { ${'a'.repeat(200)}, nedds, ${'b'.repeat(200)} }`;
    const [, , line = '', mark = ''] = render(text, 'nedds', { width: 60 }).split('\n');
    expect(line).toMatch(/^ {2}1 \| …a+, nedds, b+…$/);
    expect(line.length).toBeLessThanOrEqual(60);
    expect(line.length).toBeGreaterThan(55);
    expect(line.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1)).toBe('nedds');
  });

  test('never steers the terminal', () => {
    const bad = '\u001b[2Jx\u202ey';
    expect(render(`a: ${bad}`, bad)).not.toMatch(/[\u001b\u202e]/);
    const { message } = { message: `Unknown ${bad}` };
    expect(renderDiagnostic({ code: 'x', message, advice: bad })).not.toMatch(/[\u001b\u202e]/);
  });

  test('has the same text in colour', () => {
    const text = 'stages: { nedds: 1 }';
    const coloured = render(text, 'nedds', { colours: picocolors.createColors(true), advice: 'Mend it.' });
    expect(coloured).not.toBe(stripVTControlCharacters(coloured));
    expect(stripVTControlCharacters(coloured)).toBe(render(text, 'nedds', { advice: 'Mend it.' }));
  });

  test('fits its width, and its squiggle stands below its place', () => {
    const unit = fc.constantFrom('a', ' ', '\t', '感', '😀', 'e\u0301', '\u0007');
    fc.assert(
      fc.property(
        fc.string({ unit, maxLength: 120 }),
        fc.string({ unit: fc.constantFrom('x', 'y'), minLength: 1, maxLength: 9 }),
        fc.string({ unit, maxLength: 120 }),
        (before, marked, after) => {
          const [, , line = '', mark = ''] = render(before + marked + after, marked).split('\n');
          const columns = Array.from(line).flatMap((character) =>
            /[感😀]/u.test(character) ? [character, ''] : /\p{M}/u.test(character) ? [] : [character],
          );
          expect(columns.length).toBeLessThanOrEqual(80);
          expect(columns.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1).join('')).toBe(marked);
        },
      ),
    );
  });
});

test('a place has lines and columns from 1', () => {
  const textOf = () => 'ab\ncd\n';
  expect(locate({ file: 'x', start: 0, end: 1 }, textOf)).toEqual({
    file: 'x',
    line: 1,
    column: 1,
    endLine: 1,
    endColumn: 2,
  });
  expect(locate({ file: 'x', start: 3, end: 5 }, textOf)).toEqual({
    file: 'x',
    line: 2,
    column: 1,
    endLine: 2,
    endColumn: 3,
  });
  expect(locate({ file: 'x', start: 6, end: 6 }, textOf)).toMatchObject({ line: 3, column: 1 });
});
