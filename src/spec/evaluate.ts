import type { Json } from '../stage/index.ts';
import { isList, isObject, type Path } from './source-tree.ts';
import { escapeTemplate, isTemplate, parseTemplate, type Reference } from './template.ts';

/** What a reference stands for; undefined when it is not known (yet), which whoever looked it up has told. */
export type Lookup = (reference: Reference, path: Path) => { readonly value: Json } | 'keep' | undefined;

export interface Evaluation {
  readonly lookup: Lookup;
  fault(
    code: string,
    path: Path,
    piece: Pick<Reference, 'written' | 'occurrence'>,
    message: string,
    advice: string,
  ): void;
  /** Told for every value that is not known; null takes its place. */
  unknown(path: Path): void;
  /** Texts here keep some references for later, and so stay escaped. */
  isPartial?(path: Path): boolean;
}

const mostTextCharacters = 100_000;
const mostCharacters = 1_000_000;

/** Replaces the references in all texts of a value. A text that is one reference takes the referred value with its type. */
export function evaluate(value: Json, path: Path, evaluation: Evaluation): Json {
  if (typeof value === 'string') return isTemplate(value) ? evaluateText(value, path, evaluation) : value;
  if (isList(value)) return value.map((entry, index) => evaluate(entry, [...path, index], evaluation));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, evaluate(entry, [...path, key], evaluation)]),
  );
}

export function evaluateText(text: string, path: Path, evaluation: Evaluation): Json {
  const template = parseTemplate(text);
  if ('fault' in template) {
    const advice = 'Write `${params.NAME}`, `${data.NAME}` or `${matrix.AXIS}`, or `$${` for a plain `${`.';
    evaluation.fault(
      'bad-reference',
      path,
      { written: template.piece, occurrence: template.occurrence },
      `${template.fault}.`,
      advice,
    );
    return unknownValue(path, evaluation);
  }
  const partial = evaluation.isPartial?.(path) ?? false;
  const [first] = template.parts;
  if (!partial && template.parts.length === 1 && first !== undefined && typeof first !== 'string') {
    return evaluateWhole(first, path, evaluation);
  }
  let result = '';
  for (const part of template.parts) {
    const piece = typeof part === 'string' ? part : evaluateEmbedded(part, path, evaluation);
    if (piece === undefined) return unknownValue(path, evaluation);
    if (typeof piece === 'object') result += piece.kept;
    else result += partial ? escapeTemplate(piece) : piece;
    if (result.length > mostTextCharacters && typeof part !== 'string') {
      evaluation.fault(
        'too-large',
        path,
        part,
        `This text grows beyond ${mostTextCharacters} characters.`,
        'References to references multiply: use fewer.',
      );
      return unknownValue(path, evaluation);
    }
  }
  return result;
}

function evaluateWhole(reference: Reference, path: Path, evaluation: Evaluation): Json {
  const found = evaluation.lookup(reference, path);
  if (found === undefined || found === 'keep') return unknownValue(path, evaluation);
  if (isTooLarge(found.value)) {
    evaluation.fault(
      'too-large',
      path,
      reference,
      `This grows beyond ${mostCharacters} characters.`,
      'References to references multiply: use fewer.',
    );
    return unknownValue(path, evaluation);
  }
  return found.value;
}

function evaluateEmbedded(
  reference: Reference,
  path: Path,
  evaluation: Evaluation,
): string | { readonly kept: string } | undefined {
  const found = evaluation.lookup(reference, path);
  if (found === undefined) return undefined;
  if (found === 'keep') return { kept: reference.written };
  const { value } = found;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const kind = value === null ? 'null' : isList(value) ? 'a list' : 'a mapping';
  const message = `\`${reference.written}\` is ${kind} and cannot be part of a text.`;
  evaluation.fault(
    'not-text',
    path,
    reference,
    message,
    'Let the reference stand alone, or refer to a text or number in it.',
  );
  return undefined;
}

function unknownValue(path: Path, evaluation: Evaluation): null {
  evaluation.unknown(path);
  return null;
}

export function isTooLarge(value: Json): boolean {
  return sizeOf(value) > mostCharacters;
}

const sizes = new WeakMap<object, number>();

/** Characters of all texts in it, and one for each other value; what is shared counts every time. */
function sizeOf(value: Json): number {
  if (typeof value === 'string') return value.length + 1;
  if (typeof value !== 'object' || value === null) return 1;
  const known = sizes.get(value);
  if (known !== undefined) return known;
  const size = Object.values<Json>(value).reduce<number>((sum, entry) => sum + sizeOf(entry), 1);
  sizes.set(value, size);
  return size;
}
