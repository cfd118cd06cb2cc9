import fc from '../support/fast-check.ts';
import { expect, test } from 'vitest';
import { covering } from '../../src/sweep/nested-check.ts';
import { type Configuration, type Space, propose } from '../../src/sweep/search/index.ts';

/** Some choices, the later ones only where the first has its first value. */
const spaces = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean()), { minLength: 1, maxLength: 4 });

test('has each value of each choice that any configuration has, and not to have it', () => {
  fc.assert(
    fc.property(spaces, (sizes) => {
      const space: Space = sizes.map(([size, isConditional], index) => ({
        kind: 'choice',
        path: `params.p${index}`,
        values: Array.from({ length: size }, (_, value) => value),
        ...(isConditional && index > 0 && { when: { 'params.p0': [0] } }),
      }));
      const all = gridOf(space);
      expect(pairsOf(space, covering(space, all))).toEqual(pairsOf(space, all));
    }),
  );
});

test('is few: of ranges not every value', () => {
  const space: Space = [
    { kind: 'range', path: 'params.rate', low: 0, high: 1, steps: 100 },
    { kind: 'choice', path: 'params.depth', values: [3, 4] },
  ];
  const found = covering(space, gridOf(space));
  expect(found.length).toBeLessThan(5);
  expect(new Set(found.map((one) => one['params.rate'])).size).toBeGreaterThan(1);
});

function gridOf(space: Space): readonly Configuration[] {
  const found: Configuration[] = [];
  const next = () =>
    propose({ space, strategy: { kind: 'grid' }, seed: 0, trial: found.length, observations: [], pending: [] });
  for (let one = next(); one !== undefined; one = next()) found.push(one);
  return found;
}

const pairsOf = (space: Space, configurations: readonly Configuration[]): readonly string[] =>
  [
    ...new Set(
      configurations.flatMap((one) => space.map(({ path }) => `${path} ${JSON.stringify({ value: one[path] })}`)),
    ),
  ].sort();
