/**
 * P(T <= t) for Student's t with a whole number of degrees of freedom, by the finite sums of Abramowitz and Stegun
 * (Handbook of Mathematical Functions, 1964, 26.7.3 and 26.7.4): they are exact but for rounding, about 1e-15.
 */
export function studentCdf(t: number, degrees: number): number {
  return 0.5 + Math.sign(t) * 0.5 * centralProbability(Math.abs(t), degrees);
}

/**
 * The t that studentCdf gives `probability` for, by bisection to neighbouring floating point numbers. Its relative error is
 * about 1e-14 for the probabilities of intervals; towards 0 and 1 it grows as 1e-16 / (1 - probability).
 */
export function studentQuantile(probability: number, degrees: number): number {
  if (!(probability > 0 && probability < 1)) return probability === 0 ? -Infinity : probability === 1 ? Infinity : NaN;
  if (probability < 0.5) return -studentQuantile(1 - probability, degrees);
  let [low, high] = [0, 1];
  while (studentCdf(high, degrees) < probability) [low, high] = [high, 2 * high];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (studentCdf(middle, degrees) < probability) low = middle;
    else high = middle;
  }
}

/** P(|T| <= t) for t >= 0. */
function centralProbability(t: number, degrees: number): number {
  if (!Number.isInteger(degrees) || degrees < 1) throw new Error(`degrees of freedom: ${degrees} is no whole number`);
  const angle = Math.atan(t / Math.sqrt(degrees));
  const cosine = Math.cos(angle);
  const isOdd = degrees % 2 === 1;
  // Odd: cos + 2/3 cos^3 + 2*4/(3*5) cos^5 + ...; even: 1 + 1/2 cos^2 + 1*3/(2*4) cos^4 + ...; up to cos^(degrees - 2).
  let term = isOdd ? cosine : 1;
  let sum = 0;
  for (let power = isOdd ? 1 : 0; power <= degrees - 2; power += 2) {
    sum += term;
    term *= ((power + 1) / (power + 2)) * cosine * cosine;
  }
  return isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}
