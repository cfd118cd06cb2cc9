import fc from '../../support/fast-check.ts';
import type { Condition, Configuration, Parameter, Space } from '../../../src/sweep/search/index.ts';

/** Ranges and choices of all kinds; some exist only where an earlier one has certain values. */
export const anySpace: fc.Arbitrary<Space> = fc
  .array(fc.tuple(anyParameter(), fc.nat(), fc.boolean()), { minLength: 1, maxLength: 6 })
  .map((drawn) => {
    const space: Parameter[] = [];
    for (const [at, [parameter, pick, conditional]] of drawn.entries()) {
      const earlier = space[pick % Math.max(1, space.length)];
      const when = conditional && earlier ? conditionOn(earlier) : undefined;
      space.push({ ...parameter, path: `p${at}`, ...(when ? { when } : {}) });
    }
    return space;
  });

/** Only with so many values that all can be listed. */
export const anyFiniteSpace = anySpace.filter((space) =>
  space.every((one) => one.kind === 'choice' || one.integer === true || one.step !== undefined),
);

function anyParameter(): fc.Arbitrary<Parameter> {
  const choice = fc
    .uniqueArray(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom('a', 'b', true, [1, 2])), {
      minLength: 1,
      maxLength: 3,
    })
    .map((values): Parameter => ({ kind: 'choice', path: '', values }));
  const whole = fc
    .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 4 }), fc.boolean())
    .map(([low, room, log]): Parameter => ({ kind: 'range', path: '', low, high: low + room, integer: true, log }));
  const stepped = fc
    .tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 1, max: 4 }))
    .map(([low, count]): Parameter => ({ kind: 'range', path: '', low, high: low + 0.1 * count, step: 0.1 }));
  const free = fc
    .tuple(fc.double({ min: 1e-6, max: 10, noNaN: true }), fc.double({ min: 1, max: 1000, noNaN: true }), fc.boolean())
    .map(([low, times, log]): Parameter => ({ kind: 'range', path: '', low, high: low * times, log, steps: 3 }));
  return fc.oneof(choice, whole, stepped, free);
}

function conditionOn(parameter: Parameter): Condition | undefined {
  const value = parameter.kind === 'choice' ? parameter.values[0] : parameter.low;
  return value === undefined ? undefined : { [parameter.path]: [value] };
}

/** Whether a configuration has exactly the parameters that exist in it, each with a value that it may have. */
export function isOf(space: Space, configuration: Configuration): boolean {
  return space.every((parameter) => {
    const value = configuration[parameter.path];
    const wanted = Object.entries(parameter.when ?? {}).every(([path, values]) =>
      values.some(
        (one) => configuration[path] !== undefined && JSON.stringify(one) === JSON.stringify(configuration[path]),
      ),
    );
    return wanted ? value !== undefined && isAllowed(parameter, value) : value === undefined;
  });
}

function isAllowed(parameter: Parameter, value: unknown): boolean {
  if (parameter.kind === 'choice') return parameter.values.some((one) => JSON.stringify(one) === JSON.stringify(value));
  if (typeof value !== 'number' || value < parameter.low || value > parameter.high) return false;
  if (parameter.integer) return Number.isInteger(value);
  if (parameter.step === undefined) return true;
  const steps = (value - parameter.low) / parameter.step;
  return Math.abs(steps - Math.round(steps)) < 1e-9;
}
