import { numberOf } from '../../report/sweep-trials.ts';
import type { Json, Parameter } from '../../sweep/search/space.ts';

/** Characters of an axis. */
const axisWidth = 8;

/**
 * A value on the axis of its parameter, as text: a bar from its smallest to its largest number (by ratio, where it is searched so),
 * a mark at its place among choices without an order; nothing where the trial does not have the parameter.
 */
export function coordinate(parameter: Parameter, value: Json | undefined, text: (value: Json) => string): string {
  if (value === undefined) return `${' '.repeat(axisWidth)} –`;
  const place = placeOf(parameter, value);
  const filled = Math.round(place * (axisWidth - 1));
  const axis = Array.from({ length: axisWidth }, (_, index) => {
    if (index === filled) return isNumeric(parameter) ? '█' : '●';
    return index < filled && isNumeric(parameter) ? '█' : '·';
  });
  return `${axis.join('')} ${text(value)}`;
}

const isNumeric = (parameter: Parameter): boolean =>
  parameter.kind === 'range' || parameter.values.every((value) => numberOf(value) !== undefined);

/** 0 to 1. */
function placeOf(parameter: Parameter, value: Json): number {
  if (parameter.kind === 'range') {
    const { low, high, log } = parameter;
    const scale = (number: number) => (log === true ? Math.log(number) : number);
    return fraction(scale(Number(value)), scale(low), scale(high));
  }
  const order = isNumeric(parameter)
    ? [...parameter.values].sort((a, b) => (numberOf(a) ?? 0) - (numberOf(b) ?? 0))
    : parameter.values;
  const texts = order.map((entry) => JSON.stringify(entry));
  return fraction(texts.indexOf(JSON.stringify(value)), 0, texts.length - 1);
}

function fraction(value: number, low: number, high: number): number {
  return high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0;
}
