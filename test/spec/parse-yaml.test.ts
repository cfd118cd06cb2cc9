import fc from '../support/fast-check.ts';
import { parse, stringify, type ToStringOptions } from 'yaml';
import { describe, expect, test } from 'vitest';
import { parseYaml } from '../../src/spec/parse-yaml.ts';
import { escapeTemplate, parseTemplate } from '../../src/spec/template.ts';
import { pathOf, piecePlaceOf, placeOf, pointerOf, valueAt, type SourceTree } from '../../src/spec/source-tree.ts';

fc.configureGlobal({ seed: 7 });

function tree(text: string): SourceTree {
  const parsed = parseYaml('spec.yaml', text);
  expect(parsed.diagnostics).toEqual([]);
  if (!parsed.tree) throw new Error('there is no tree');
  return parsed.tree;
}

const key = fc.string({ minLength: 1, maxLength: 8 }).filter((name) => name !== '__proto__' && name !== '<<');
const scalar = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noDefaultInfinity: true, noNaN: true }).filter((value) => !Number.isInteger(value)),
  fc.boolean(),
  fc.constant(null),
);
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
}));
const style: fc.Arbitrary<ToStringOptions> = fc.record({
  collectionStyle: fc.constantFrom('any', 'block', 'flow'),
  defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL'),
  indent: fc.integer({ min: 1, max: 6 }),
});
const withoutMinusZero = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('parsed YAML', () => {
  test('has the value that was written, and its places', () => {
    fc.assert(
      fc.property(anyValue, style, (value, options) => {
        const text = stringify(value, options);
        const { value: found, spans } = tree(text);
        expect(found).toEqual(withoutMinusZero(value));
        for (const [pointer, span] of spans) {
          const path = pathOf(pointer);
          const node = valueAt(found, path);
          const written = text.slice(...span.value);
          // Text in blocks means something at its own indentation only.
          if (!/^[|>]/.test(written) && !written.includes('\n')) expect(withoutMinusZero(parse(written))).toEqual(node);
          if (span.key && !text.slice(...span.key).includes('\n')) {
            expect(parse(text.slice(...span.key), { stringKeys: true, schema: 'failsafe' })).toBe(path.at(-1));
          }
        }
      }),
    );
  });

  test('has a place for every reference in a text', () => {
    const piece = fc.oneof(
      fc
        .string({ unit: fc.constantFrom('$', '{', '}', 'a', ' ', '"', "'", '\\', 'ä', '😀') })
        .filter((plain) => !plain.endsWith('$')),
      fc.constantFrom(['params', 'a'], ['data', 'b'], ['params', 'a', 'b']),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), style, (pieces, options) => {
        const template = pieces
          .map((part) => (typeof part === 'string' ? escapeTemplate(part) : `\${${part.join('.')}}`))
          .join('');
        const text = stringify({ before: '${params.a}', it: [template] }, { ...options, lineWidth: 0 });
        const source = tree(text);
        const parsed = parseTemplate(template);
        const references = ('parts' in parsed ? parsed.parts : []).filter((part) => typeof part !== 'string');
        let last = text.indexOf('it');
        for (const { written, occurrence } of references) {
          const place = piecePlaceOf(source, ['it', 0], written, occurrence);
          expect(text.slice(place.start, place.end)).toBe(written);
          expect(place.start).toBeGreaterThan(last);
          last = place.start;
        }
      }),
    );
  });

  test('repeats what an alias stands for, with the places of the original', () => {
    const text = 'a: &x { b: [1] }\nc: *x\n';
    const source = tree(text);
    expect(source.value).toEqual({ a: { b: [1] }, c: { b: [1] } });
    expect(placeOf(source, ['c', 'b', 0])).toEqual(placeOf(source, ['a', 'b', 0]));
    expect(text.slice(placeOf(source, ['c']).start)).toBe('*x\n');
  });

  test('keeps names that look like numbers as keys', () => {
    expect(tree('03: a\ntrue: b\n1.50: c\n').value).toEqual({ '03': 'a', true: 'b', '1.50': 'c' });
  });

  test('keeps tabs within lines and within texts', () => {
    expect(tree('a:\t1\nb: |\n  x\n  \ty\n').value).toEqual({ a: 1, b: 'x\n\ty\n' });
  });

  test.for(['a: 1\r\nb: 2\r\n', '\n\n# a comment\na: 1\nb: 2', '--- # one\na: 1\nb: 2\n...\n'])('reads %j', (text) => {
    expect(tree(text).value).toEqual({ a: 1, b: 2 });
  });
});

test('a path and a JSON pointer say the same', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (path) => {
      expect(pathOf(pointerOf(path))).toEqual(path);
    }),
  );
});
