/** A figure of a training over its epochs, as far as a screen can show it. */
export interface Curve {
  readonly name: string;
  values: number[];
  /** So many reported values are one of `values`: long curves are thinned out. */
  step: number;
  seen: number;
}

/** More points than a screen has columns; then every second one goes. */
const mostPoints = 512;

/** What counts, and is not worth a curve. */
const counters: ReadonlySet<string> = new Set(['epoch', 'epochs', 'step', 'steps', 'done', 'total']);

export function extendCurves(curves: Map<string, Curve>, figures: Readonly<Record<string, number>>): void {
  for (const name in figures) {
    const value = figures[name];
    if (value === undefined || counters.has(name)) continue;
    let curve = curves.get(name);
    if (curve === undefined) curves.set(name, (curve = { name, values: [], step: 1, seen: 0 }));
    if (curve.seen++ % curve.step === 0) curve.values.push(value);
    if (curve.values.length <= mostPoints) continue;
    curve.values = curve.values.filter((_, index) => index % 2 === 0);
    curve.step *= 2;
  }
}
