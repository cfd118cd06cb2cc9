import type { Json } from '../stage/index.ts';
import { evaluate, type Evaluation } from './evaluate.ts';
import type { MatrixContext } from './resolve-matrix.ts';
import { isList, piecePlaceOf, placeOf, type Path } from './source-tree.ts';

type AxisValue = string | number | boolean;

/** The values of an axis that stand in the file, in the stage or in `params`; undefined, and told, where they do not do. */
export function axisValues(written: Json, path: Path, context: MatrixContext): readonly AxisValue[] | undefined {
  const values = evaluateAxis(written, path, context);
  return values && checkValues(values, path, context) ? values : undefined;
}

function evaluateAxis(
  written: Json,
  path: Path,
  { tree, findings, params }: MatrixContext,
): readonly AxisValue[] | undefined {
  const unknown: Path[] = [];
  const evaluation: Evaluation = {
    lookup(reference, at) {
      if (reference.path[0] === 'params') return params.lookup(reference, at);
      const place = piecePlaceOf(tree, at, reference.written, reference.occurrence);
      findings.add(
        'reference-not-allowed',
        place,
        `\`${reference.written}\` cannot be a value of an axis.`,
        'Values are written out or refer to `params`; an output of a stage is a whole axis: fold: "${split.folds}".',
      );
      return undefined;
    },
    fault: (code, at, piece, message, advice) =>
      findings.add(code, piecePlaceOf(tree, at, piece.written, piece.occurrence), message, advice),
    unknown: (at) => unknown.push(at),
  };
  const values = evaluate(written, path, evaluation);
  if (unknown.length > 0) return undefined;
  const scalars = isList(values) ? values.filter(isAxisValue) : [];
  if (isList(values) && scalars.length === values.length) return scalars;
  // Lists that are written here were checked with the file's structure.
  if (!isList(written) || written.some((entry) => typeof entry === 'string')) {
    findings.add(
      'wrong-type',
      placeOf(tree, path),
      'The values of an axis must be a list of texts, numbers or true/false.',
      'Write a list in `params` too, such as [1, 2, 3].',
    );
  }
  return undefined;
}

function isAxisValue(value: Json): value is AxisValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function checkValues(values: readonly AxisValue[], path: Path, { tree, findings }: MatrixContext): boolean {
  const name = String(path.at(-1));
  if (values.length === 0) {
    findings.add(
      'empty-matrix',
      placeOf(tree, path),
      `The axis \`${name}\` has no values, so nothing would be computed.`,
      'Give it a value, or remove the axis.',
    );
    return false;
  }
  const seen = new Set<string>();
  for (const [index, value] of values.entries()) {
    const text = String(value);
    if (seen.has(text)) {
      findings.add(
        'duplicate-value',
        placeOf(tree, [...path, index]),
        `The axis \`${name}\` has the value ${text} twice.`,
        'Remove one: the same task would run twice.',
      );
      return false;
    }
    seen.add(text);
  }
  return true;
}
