import { scaleOf, stepCount, stepOf, stepValue } from './scale.ts';
import type { Json, Parameter, Range } from './space.ts';

/** All values of a parameter, in order; undefined where there is no end of them. */
export function allValues(parameter: Parameter): readonly Json[] | undefined {
  if (parameter.kind === 'choice') return parameter.values;
  if (parameter.low === parameter.high) return [parameter.low];
  const step = stepOf(parameter);
  if (step === undefined) return undefined;
  return Array.from({ length: stepCount(parameter, step) }, (_, index) => stepValue(parameter.low, step, index));
}

/**
 * The values of a parameter in a grid: all of them, or `steps` of a range, equally far apart on its scale.
 * @throws RangeError for a range with neither steps.
 */
export function gridValues(parameter: Parameter): readonly Json[] {
  const values =
    parameter.kind === 'range' && parameter.steps !== undefined
      ? spacedValues(parameter, parameter.steps)
      : allValues(parameter);
  if (!values) throw new RangeError(`a grid needs \`steps\` for the range ${parameter.path}`);
  return values;
}

function spacedValues(range: Range, steps: number): number[] {
  const { fromScale, toScale } = scaleOf(range);
  const low = toScale(range.low);
  const width = toScale(range.high) - low;
  const last = Math.max(1, steps - 1);
  const places = Array.from({ length: steps }, (_, index) => low + (width * index) / last);
  // As for steps: 12 significant digits hide what the logarithm leaves behind.
  const rounded = places.map((place) => Number(fromScale(place).toPrecision(12)));
  return [...new Set(rounded.map((value) => Math.min(range.high, Math.max(range.low, value))))];
}
