/** Pairs of values that the filter takes at most. */
const mostPairs = 6;

/** The largest error, for a signal whose spectrum is 1 at its peak. */
const tolerance = 1e-7;

/** Where the Gaussian is 1e-9: in units of its standard deviation. */
const edge = 6.5;

/**
 * Coefficients c of the filter that estimates the value between two samples from its neighbours, sum_p c_p (x[-p] + x[1 + p]),
 * for a band round zero with the spectrum exp(-(w / width)^2 / 2): the shortest of two to six pairs that is within 1e-7.
 * Undefined when none is.
 *
 * @param width standard deviation in radians per half a sampling interval
 */
export function halfWayFilter(width: number): number[] | undefined {
  for (let pairs = 2; pairs <= mostPairs; pairs++) {
    const { coefficients, largestError } = leastSquares(width, pairs);
    if (largestError < tolerance) return coefficients;
  }
  return undefined;
}

/** The weighted least squares over the band, by modified Gram-Schmidt. */
function leastSquares(width: number, pairs: number): { coefficients: number[]; largestError: number } {
  const places = Array.from({ length: 64 }, (_, index) => (edge * index) / 63);
  const weights = places.map((place) => Math.exp((-place * place) / 2));
  const columns = Array.from({ length: pairs }, (_, pair) =>
    places.map((place, index) => 2 * (weights[index] ?? 0) * Math.cos((2 * pair + 1) * place * width)),
  );
  const residual = [...weights];
  // The coefficients of each orthogonal column in terms of the filter's.
  const combinations = columns.map((_, index) => columns.map((__, other) => (other === index ? 1 : 0)));
  const coefficients = columns.map(() => 0);
  columns.forEach((column, index) => {
    const combination = combinations[index] ?? [];
    for (let later = index + 1; later < pairs; later++) {
      const part = dot(columns[later], column) / dot(column, column);
      subtract(columns[later], column, part);
      subtract(combinations[later], combination, part);
    }
    const part = dot(residual, column) / dot(column, column);
    subtract(residual, column, part);
    subtract(coefficients, combination, -part);
  });
  return { coefficients, largestError: Math.max(...residual.map(Math.abs)) };
}

function dot(a: readonly number[] = [], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

function subtract(from: number[] = [], what: readonly number[], times: number): void {
  what.forEach((value, index) => (from[index] = (from[index] ?? 0) - times * value));
}
