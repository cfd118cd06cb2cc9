import { PipeError, exitCodes } from '../errors.ts';
import { didYouMean, enumerate } from '../spec/did-you-mean.ts';
import type { MatrixPoint } from '../stage/index.ts';

/** Values of some axes, such as `fold=03 seed=1`. */
export type Choice = ReadonlyMap<string, string>;

/** Throws a PipeError (`bad-model-option`). */
export function parseChoice(text: string | undefined): Choice {
  if (text?.trim() === '') throw badChoice(text, 'it names no axis');
  const words = (text ?? '').split(/[\s,]+/).filter((word) => word !== '');
  const pairs = words.map((word): readonly [string, string] => {
    const [, axis, value] = /^([^=]+)=(.+)$/.exec(word) ?? [];
    if (axis === undefined || value === undefined) {
      throw badChoice(text, `\`${word}\` is not AXIS=VALUE`);
    }
    return [axis, value];
  });
  const choice = new Map(pairs);
  const twice = pairs.find(([axis, value]) => choice.get(axis) !== value);
  if (twice !== undefined) throw badChoice(text, `\`${twice[0]}\` cannot have two values at once`);
  return choice;
}

const badChoice = (text = '', reason: string): PipeError =>
  new PipeError('bad-model-option', `--model '${text}': ${reason}.`, {
    exitCode: exitCodes.usage,
    advice: "Write for example --model 'fold=03 seed=1'; one axis alone takes all models that have this value.",
  });

/** The points that have the wanted values. Throws a PipeError (`unknown-model`) where none has. */
export function choose<T extends { readonly point: MatrixPoint }>(made: readonly T[], choice: Choice): readonly T[] {
  const chosen = made.filter(({ point }) => fits(point, choice));
  if (chosen.length > 0) return chosen;
  const names = made.map(({ point }) => pointText(point));
  const wanted = [...choice].map(([axis, value]) => `${axis}=${value}`).join(' ');
  const close = didYouMean(wanted, names, 'models');
  throw new PipeError('unknown-model', `The run has no model '${wanted}'.`, {
    exitCode: exitCodes.usage,
    advice: close.startsWith('Did') ? close : `Its models are ${enumerate(names.map((name) => `\`${name}\``))}.`,
  });
}

/** An axis that the point has not does not fit. */
export const fits = (point: MatrixPoint, choice: Choice): boolean =>
  [...choice].every(([axis, value]) => Object.hasOwn(point, axis) && String(point[axis]) === value);

/** `fold=03 seed=1`, or nothing for a stage without a matrix. */
export const pointText = (point: MatrixPoint): string =>
  Object.entries(point)
    .map(([axis, value]) => `${axis}=${value}`)
    .join(' ');
