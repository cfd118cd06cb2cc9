import { studentQuantile } from './student-t.ts';

/**
 * Cohen's d_z: the mean of paired differences in units of their own standard deviation (Cohen, Statistical Power Analysis,
 * 1988, section 2.3.5). Undefined for fewer than two, or where all are the same.
 */
export function cohenDz(differences: readonly number[]): number | undefined {
  const count = differences.length;
  if (count < 2) return undefined;
  const mean = differences.reduce((sum, value) => sum + value, 0) / count;
  const squares = differences.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const deviation = Math.sqrt(squares / (count - 1));
  return deviation < 1e-12 ? undefined : mean / deviation;
}

/**
 * The smallest true difference that a two-sided t-test at level `alpha` would find with chance `power`, given the standard
 * error: SE (t(1 - alpha/2) + t(power)) (Bloom, Evaluation Review 19, 1995).
 */
export function smallestDifference(
  { standardError, degrees }: { readonly standardError: number; readonly degrees: number },
  alpha = 0.05,
  power = 0.8,
): number {
  return standardError * (studentQuantile(1 - alpha / 2, degrees) + studentQuantile(power, degrees));
}
