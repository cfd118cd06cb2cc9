import type { Configuration, Space } from '../../../src/sweep/search/index.ts';

/** A function whose least value is known. */
export interface Problem {
  readonly name: string;
  readonly space: Space;
  /** How far its value is above the least: search_optuna.py has the same. */
  regret(configuration: Configuration): number;
}

type Point = readonly number[];

/**
 * The usual test functions (Surjanovic and Bingham, Virtual Library of Simulation Experiments), each moved, so that neither the
 * middle of the range nor a round number is its optimum, and two spaces such as trainings have.
 */
export const problems: readonly Problem[] = [
  moved(
    'Branin',
    [
      [-5, 10],
      [0, 15],
    ],
    [0.61, 0.83],
    branin,
  ),
  moved('Hartmann-6', cube(6, 0, 1), [0.11, 0.23, -0.17, 0.19, 0.07, -0.21], hartmann),
  moved('Rosenbrock-5', cube(5, -5, 10), [1.37, -0.71, 0.53, -1.19, 0.89], rosenbrock),
  moved('Ackley-5', cube(5, -32.768, 32.768), [7.3, -11.9, 3.7, 14.1, -5.3], ackley),
  moved('Rastrigin-5', cube(5, -5.12, 5.12), [1.31, -2.17, 0.73, -0.59, 2.41], rastrigin),
  moved('Levy-5', cube(5, -10, 10), [2.3, -3.1, 1.7, 4.9, -2.7], levy),
  { name: 'mixed', space: mixedSpace(), regret: mixed },
  { name: 'conditional', space: conditionalSpace(), regret: conditional },
];

function cube(dimensions: number, low: number, high: number): (readonly [number, number])[] {
  return Array.from({ length: dimensions }, () => [low, high] as const);
}

function moved(
  name: string,
  ends: readonly (readonly [number, number])[],
  shift: Point,
  value: (point: Point) => number,
): Problem {
  const space: Space = ends.map(([low, high], at) => ({ kind: 'range', path: `x${at + 1}`, low, high }));
  return {
    name,
    space,
    regret: (configuration) => value(space.map(({ path }, at) => numberAt(configuration, path) - (shift[at] ?? 0))),
  };
}

function branin([x = 0, y = 0]: Point): number {
  const parabola = y - (5.1 * x * x) / (4 * Math.PI * Math.PI) + (5 * x) / Math.PI - 6;
  return parabola * parabola + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10 - 0.39788735772973816;
}

function hartmann(point: Point): number {
  const heights = [1, 1.2, 3, 3.2];
  const widths = [
    [10, 3, 17, 3.5, 1.7, 8],
    [0.05, 10, 17, 0.1, 8, 14],
    [3, 3.5, 1.7, 10, 17, 8],
    [17, 8, 0.05, 10, 0.1, 14],
  ];
  const places = [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
  ];
  const peaks = heights.map((height, row) => {
    const squares = point.map((x, at) => (widths[row]?.[at] ?? 0) * (x - (places[row]?.[at] ?? 0)) ** 2);
    return height * Math.exp(-sum(squares));
  });
  return 3.322368011415515 - sum(peaks);
}

function rosenbrock(point: Point): number {
  const next = point.slice(1);
  return sum(next.map((y, at) => 100 * (y - (point[at] ?? 0) ** 2) ** 2 + (1 - (point[at] ?? 0)) ** 2));
}

function ackley(point: Point): number {
  const root = Math.sqrt(sum(point.map((x) => x * x)) / point.length);
  const waves = sum(point.map((x) => Math.cos(2 * Math.PI * x))) / point.length;
  return 20 - 20 * Math.exp(-0.2 * root) + Math.E - Math.exp(waves);
}

function rastrigin(point: Point): number {
  return sum(point.map((x) => x * x - 10 * Math.cos(2 * Math.PI * x) + 10));
}

function levy(point: Point): number {
  const w = point.map((x) => 1 + (x - 1) / 4);
  const [first = 0] = w;
  const last = w.at(-1) ?? 0;
  const inner = w.slice(0, -1).map((v) => (v - 1) ** 2 * (1 + 10 * Math.sin(Math.PI * v + 1) ** 2));
  return Math.sin(Math.PI * first) ** 2 + sum(inner) + (last - 1) ** 2 * (1 + Math.sin(2 * Math.PI * last) ** 2);
}

function mixedSpace(): Space {
  return [
    { kind: 'range', path: 'rate', low: 1e-5, high: 1, log: true },
    { kind: 'range', path: 'depth', low: 1, high: 10, integer: true },
    { kind: 'range', path: 'cells', low: 8, high: 512, integer: true, log: true },
    { kind: 'range', path: 'dropout', low: 0, high: 0.9, step: 0.05 },
    { kind: 'range', path: 'smoothing', low: 0, high: 0.5 },
    { kind: 'choice', path: 'wavelet', values: ['morlet', 'bump', 'morse', 'paul', 'dog'] },
  ];
}

/** Deeper wants slower and more dropout; each wavelet costs something of its own, but for one. */
function mixed(configuration: Configuration): number {
  const [rate, depth, cells, dropout, smoothing] = ['rate', 'depth', 'cells', 'dropout', 'smoothing'].map((path) =>
    numberAt(configuration, path),
  ) as [number, number, number, number, number];
  const wavelet = ['morse', 'bump', 'dog', 'morlet', 'paul'].findIndex((name) => name === configuration['wavelet']);
  const deeper = depth - 7;
  return (
    (Math.log(rate / 0.003) + 0.3 * deeper) ** 2 / 4 +
    0.05 * deeper ** 2 +
    0.5 * Math.log(cells / 90) ** 2 +
    8 * (dropout - 0.35 - 0.03 * deeper) ** 2 +
    10 * (smoothing - 0.13) ** 2 +
    0.25 * wavelet
  );
}

function conditionalSpace(): Space {
  const kernel = { kind: 'range', low: 1, high: 9, integer: true } as const;
  return [
    { kind: 'range', path: 'rate', low: 1e-5, high: 1, log: true },
    { kind: 'range', path: 'depth', low: 3, high: 6, integer: true },
    { ...kernel, path: 'kernel4', when: { depth: [4, 5, 6] } },
    { ...kernel, path: 'kernel5', when: { depth: [5, 6] } },
    { ...kernel, path: 'kernel6', when: { depth: [6] } },
    { kind: 'choice', path: 'optimiser', values: ['adam', 'sgd'] },
    { kind: 'range', path: 'momentum', low: 0, high: 0.99, when: { optimiser: ['sgd'] } },
    { kind: 'range', path: 'epsilon', low: 1e-9, high: 0.1, log: true, when: { optimiser: ['adam'] } },
  ];
}

/** Five blocks are best if their kernels fit; momentum moves the best rate. */
function conditional(configuration: Configuration): number {
  const depth = numberAt(configuration, 'depth');
  const kernels = [3, 6, 2].map((best, at) => {
    const path = `kernel${at + 4}`;
    return path in configuration ? 0.06 * (numberAt(configuration, path) - best) ** 2 : 0;
  });
  const optimiser =
    configuration['optimiser'] === 'sgd'
      ? (Math.log(numberAt(configuration, 'rate') / 0.02) - 2 * (0.8 - numberAt(configuration, 'momentum'))) ** 2 / 4 +
        4 * (numberAt(configuration, 'momentum') - 0.8) ** 2
      : 0.15 +
        Math.log(numberAt(configuration, 'rate') / 0.001) ** 2 / 4 +
        Math.log(numberAt(configuration, 'epsilon') / 1e-6) ** 2 / 40;
  return ([1, 0.4, 0, 0.2][depth - 3] ?? NaN) + sum(kernels) + optimiser;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function numberAt(configuration: Configuration, path: string): number {
  const value = configuration[path];
  if (typeof value !== 'number') throw new Error(`${path} is no number`);
  return value;
}
