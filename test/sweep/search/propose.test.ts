import { createHash } from 'node:crypto';
import fc from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import {
  gridSize,
  propose,
  type Configuration,
  type Observation,
  type ProposalRequest,
  type Space,
  type Strategy,
} from '../../../src/sweep/search/index.ts';
import { anyFiniteSpace, anySpace, isOf } from './spaces.ts';

const square: Space = [
  { kind: 'range', path: 'x', low: -1, high: 1 },
  { kind: 'range', path: 'y', low: -1, high: 1 },
];
const strategies: readonly Strategy[] = [{ kind: 'random' }, { kind: 'tpe', startup: 3 }];

describe.each(strategies)('$kind search', (strategy) => {
  test('proposes allowed configurations with exactly the parameters that exist', () => {
    fc.assert(
      fc.property(anySpace, fc.nat(1000), (space, seed) => {
        for (const configuration of search({ space, strategy, seed }, 12, valueOf)) {
          expect(isOf(space, configuration)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('gives the same configuration for the same request, and another one for another seed or trial', () => {
    const observations = observe(search({ space: square, strategy, seed: 4 }, 8, valueOf), valueOf);
    const request = { space: square, strategy, seed: 4, trial: 8, observations };
    expect(propose(request)).toEqual(propose(structuredClone(request)));
    expect(propose({ ...request, seed: 5 })).not.toEqual(propose(request));
    expect(propose({ ...request, trial: 9 })).not.toEqual(propose(request));
  });

  test('never proposes a configuration twice, and ends when it has proposed all', () => {
    fc.assert(
      fc.property(anyFiniteSpace, fc.nat(1000), (space, seed) => {
        const bare = space.map((parameter) => ({ ...parameter }));
        const size = gridSize(bare);
        fc.pre(size <= 60);
        const found = search({ space: bare, strategy, seed }, size + 1, valueOf).map((one) => JSON.stringify(one));
        expect(found).toHaveLength(size);
        expect(new Set(found).size).toBe(size);
      }),
      { numRuns: 30 },
    );
  });

  test('never proposes what is pending', () => {
    const space: Space = [{ kind: 'choice', path: 'a', values: [1, 2, 3, 4, 5] }];
    const observations = observe([{ a: 1 }, { a: 2 }, { a: 3 }], valueOf);
    expect(propose({ space, strategy, seed: 0, trial: 4, observations, pending: [{ a: 5 }] })).toEqual({ a: 4 });
  });

  test('knows a single value, as a choice and as a range', () => {
    const space: Space = [
      { kind: 'choice', path: 'only', values: ['this'] },
      { kind: 'range', path: 'point', low: 0.25, high: 0.25 },
      { kind: 'range', path: 'whole', low: 3, high: 3, integer: true, log: true },
    ];
    expect(search({ space, strategy, seed: 0 }, 3, valueOf)).toEqual([{ only: 'this', point: 0.25, whole: 3 }]);
    const wider: Space = [...space, { kind: 'range', path: 'x', low: 0, high: 1 }];
    expect(search({ space: wider, strategy, seed: 0 }, 8, valueOf)).toHaveLength(8);
  });

  test('searches a space without parameters once', () => {
    expect(search({ space: [], strategy, seed: 0 }, 3, valueOf)).toEqual([{}]);
  });
});

describe('random search', () => {
  test('covers a range evenly on its scale', () => {
    const space: Space = [{ kind: 'range', path: 'rate', low: 1e-4, high: 1, log: true }];
    const rates = Array.from({ length: 1000 }, (_, trial) =>
      Number(propose({ space, strategy: { kind: 'random' }, seed: 2, trial, observations: [] })?.['rate']),
    );
    const shares = [1e-4, 1e-3, 1e-2, 1e-1].map((low) => rates.filter((rate) => rate >= low && rate < 10 * low).length);
    // Four decades of 250 each; 5 standard deviations of the binomial.
    for (const share of shares) expect(Math.abs(share - 250)).toBeLessThan(5 * Math.sqrt(250 * 0.75));
  });

  test('gives each whole number the same room', () => {
    const space: Space = [{ kind: 'range', path: 'n', low: 1, high: 4, integer: true }];
    const values = Array.from({ length: 1000 }, (_, trial) =>
      Number(propose({ space, strategy: { kind: 'random' }, seed: 1, trial, observations: [] })?.['n']),
    );
    for (const value of [1, 2, 3, 4]) {
      const share = values.filter((one) => one === value).length;
      expect(Math.abs(share - 250)).toBeLessThan(5 * Math.sqrt(250 * 0.75));
    }
  });
});

describe('TPE', () => {
  const strategy: Strategy = { kind: 'tpe' };

  test('begins as random search does', () => {
    const random = search({ space: square, strategy: { kind: 'random' }, seed: 3 }, 10, valueOf);
    expect(search({ space: square, strategy, seed: 3 }, 10, valueOf)).toEqual(random);
  });

  test('goes where the better trials were', () => {
    const near = (seed: number) => {
      const found = search({ space: square, strategy, seed }, 60, bowl);
      return found.slice(-20).reduce((sum, configuration) => sum + bowl(configuration), 0) / 20;
    };
    // A uniform draw of the square is 1.01 away from (0.3, -0.5), squared, on average.
    for (const seed of [1, 2, 3]) expect(near(seed)).toBeLessThan(0.4);
  });

  test('takes a failed trial for a bad one, and does not wait for it', () => {
    const failing = (configuration: Configuration) =>
      Number(configuration['x']) < 0 ? undefined : bowl(configuration);
    const found = search({ space: square, strategy, seed: 1 }, 80, failing);
    expect(found.slice(-30).filter((configuration) => Number(configuration['x']) < 0).length).toBeLessThan(8);
  });

  test('stays random while every trial fails, whatever the failure is called', () => {
    for (const failure of [undefined, Infinity, NaN]) {
      const found = search({ space: square, strategy, seed: 9 }, 20, () => failure);
      expect(found).toEqual(search({ space: square, strategy: { kind: 'random' }, seed: 9 }, 20, () => failure));
    }
  });

  test('goes on when all results are equal', () => {
    const found = search({ space: square, strategy, seed: 1 }, 40, () => 0.5);
    expect(new Set(found.map((one) => JSON.stringify(one))).size).toBe(40);
  });

  test('keeps away from pending trials', () => {
    const observations = observe(search({ space: square, strategy, seed: 1 }, 40, bowl), bowl);
    const request = { space: square, strategy, seed: 1, trial: 40, observations };
    const alone = propose(request);
    if (!alone) throw new Error('there is one');
    const pending = Array.from({ length: 20 }, () => alone);
    const distances = Array.from({ length: 10 }, (_, at) => {
      const [free, avoiding] = [
        propose({ ...request, trial: 40 + at }),
        propose({ ...request, trial: 40 + at, pending }),
      ];
      return distance(avoiding, alone) - distance(free, alone);
    });
    expect(distances.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(0);
  });

  test('learns a parameter from the trials that have it', () => {
    const space: Space = [
      { kind: 'choice', path: 'depth', values: [3, 4] },
      { kind: 'range', path: 'width', low: 0, high: 1, when: { depth: [4] } },
    ];
    const value = (configuration: Configuration) =>
      configuration['depth'] === 3 ? 0.5 : Math.abs(Number(configuration['width']) - 0.8);
    const found = search({ space, strategy, seed: 2 }, 60, value);
    const late = found.slice(-20).filter(({ depth }) => depth === 4);
    expect(late.length).toBeGreaterThan(12);
    expect(late.filter((one) => value(one) < 0.2).length).toBeGreaterThan(late.length / 2);
  });

  test('passes over observations of another space', () => {
    const strange: Observation[] = [
      { configuration: {}, value: 0 },
      { configuration: { x: 'no number', y: 0 }, value: 0 },
      { configuration: { x: 7, y: -7, z: null }, value: 0 },
    ];
    const observations = [...strange, ...observe(search({ space: square, strategy, seed: 1 }, 12, bowl), bowl)];
    const configuration = propose({ space: square, strategy, seed: 1, trial: 15, observations });
    expect(configuration && isOf(square, configuration)).toBe(true);
  });

  test('gives the same bits on every version of Node', () => {
    const space: Space = [
      ...square,
      { kind: 'range', path: 'rate', low: 1e-5, high: 1, log: true },
      { kind: 'range', path: 'cells', low: 8, high: 512, integer: true, log: true },
      { kind: 'choice', path: 'word', values: ['a', 'b', 'c'] },
      { kind: 'range', path: 'dropout', low: 0, high: 0.5, step: 0.1, when: { word: ['a', 'b'] } },
    ];
    const found = search(
      { space, strategy, seed: 11 },
      120,
      (one) => bowl(one) + Math.abs(Math.log(Number(one['rate']) * 100)),
    );
    const digest = createHash('sha256').update(JSON.stringify(found)).digest('hex');
    expect(digest.slice(0, 16)).toBe('b8ab514a36aa16b1');
  });
});

function search(
  { space, strategy, seed }: Pick<ProposalRequest, 'space' | 'strategy' | 'seed'>,
  trials: number,
  value: (configuration: Configuration) => number | undefined,
): Configuration[] {
  const found: Configuration[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const configuration = propose({ space, strategy, seed, trial, observations: observe(found, value) });
    if (!configuration) break;
    found.push(configuration);
  }
  return found;
}

function observe(
  configurations: readonly Configuration[],
  value: (configuration: Configuration) => number | undefined,
): Observation[] {
  return configurations.map((configuration) => ({ configuration, value: value(configuration) }));
}

/** Any value at all that depends on the configuration. */
function valueOf(configuration: Configuration): number {
  return createHash('sha256').update(JSON.stringify(configuration)).digest().readUInt16LE(0);
}

/** Least at (0.3, -0.5). */
function bowl({ x, y }: Configuration): number {
  return (Number(x) - 0.3) ** 2 + (Number(y) + 0.5) ** 2;
}

function distance(one: Configuration | undefined, other: Configuration): number {
  return Math.hypot(Number(one?.['x']) - Number(other['x']), Number(one?.['y']) - Number(other['y']));
}
