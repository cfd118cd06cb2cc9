import { areNumbers, placeOf } from '../../report/sweep-trials.ts';
import type { Json, Parameter } from '../../sweep/search/space.ts';

/** Characters of an axis. */
const axisWidth = 8;

/**
 * A value on the axis of its parameter, as text: a bar from its smallest to its largest number (by ratio, where it is searched so),
 * a mark at its place among choices without an order; nothing where the trial does not have the parameter.
 */
export function coordinate(parameter: Parameter, value: Json | undefined, text: (value: Json) => string): string {
  if (value === undefined) return `${' '.repeat(axisWidth)} –`;
  const place = placeOf(parameter, value, 0);
  const filled = Math.round(place * (axisWidth - 1));
  const axis = Array.from({ length: axisWidth }, (_, index) => {
    if (index === filled) return isNumeric(parameter) ? '█' : '●';
    return index < filled && isNumeric(parameter) ? '█' : '·';
  });
  return `${axis.join('')} ${text(value)}`;
}

const isNumeric = (parameter: Parameter): boolean => parameter.kind === 'range' || areNumbers(parameter.values);
