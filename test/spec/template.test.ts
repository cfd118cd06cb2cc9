import fc from '../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { escapeTemplate, expandText, isTemplate, parseTemplate, type TemplatePart } from '../../src/spec/template.ts';

fc.configureGlobal({ seed: 7 });

const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/);
const path = fc.array(name, { minLength: 1, maxLength: 4 });
/** Texts with many dollars and braces in them. */
const text = fc.string({ unit: fc.oneof(fc.constantFrom('$', '{', '}', '.', 'a', '\\'), fc.string({ maxLength: 1 })) });

function parts(template: string): readonly TemplatePart[] {
  const parsed = parseTemplate(template);
  if ('fault' in parsed) throw new Error(parsed.fault);
  return parsed.parts;
}

describe('a template', () => {
  test('that is escaped stands for the text', () => {
    fc.assert(
      fc.property(text, (plain) => {
        expect(parts(escapeTemplate(plain))).toEqual(plain === '' ? [] : [plain]);
      }),
    );
  });

  test('without a reference is the text itself', () => {
    fc.assert(
      fc.property(text, (plain) => {
        fc.pre(!isTemplate(plain));
        expect(parts(plain)).toEqual(plain === '' ? [] : [plain]);
      }),
    );
  });

  test('of texts and references has just these, in order', () => {
    // A `$` before a reference would escape it, which the language cannot write.
    const piece = fc.oneof(
      text.filter((plain) => !plain.endsWith('$')),
      path,
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const template = pieces.map((part) =>
          typeof part === 'string' ? escapeTemplate(part) : `\${${part.join('.')}}`,
        );
        const found = parts(template.join('')).map((part) => (typeof part === 'string' ? part : part.path));
        expect(found.filter((part) => typeof part !== 'string')).toEqual(
          pieces.filter((part) => typeof part !== 'string'),
        );
        expect(found.map((part) => (typeof part === 'string' ? part : '#')).join('')).toBe(
          pieces.map((part) => (typeof part === 'string' ? part : '#')).join(''),
        );
      }),
    );
  });

  test('is parsed or has a fault, whatever it is', () => {
    fc.assert(
      fc.property(text, (any) => {
        expect(Object.keys(parseTemplate(any))).not.toEqual([]);
      }),
    );
  });

  test.for([
    ['${a.b}', [{ path: ['a', 'b'], written: '${a.b}', occurrence: 0 }]],
    ['$${a}', ['${a}']],
    ['$$${a}', ['$${a}']],
    ['cost: 5$', ['cost: 5$']],
    ['$a {b}', ['$a {b}']],
    [
      '${a}-${a}',
      [{ path: ['a'], written: '${a}', occurrence: 0 }, '-', { path: ['a'], written: '${a}', occurrence: 1 }],
    ],
    ['$${a}${a}', ['${a}', { path: ['a'], written: '${a}', occurrence: 0 }]],
  ] as const)('%s', ([template, expected]) => {
    expect(parts(template)).toEqual(expected);
  });

  test.for(['${', '${}', '${a', '${a.}', '${.a}', '${a b}', '${a${b}}', '${ä}'])('%s is at fault', (template) => {
    expect(parseTemplate(template)).toHaveProperty('fault');
  });
});

test('the words of a command are expanded where it runs', () => {
  expect(expandText('--in=${inputs.audio} $${HOME} $5', (path) => `/${path.join('/')}`)).toBe(
    '--in=/inputs/audio ${HOME} $5',
  );
});
