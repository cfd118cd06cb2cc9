import type { SourceRange } from '../errors.ts';
import type { Json } from '../stage/index.ts';
import { indexOfReference } from './template.ts';

export type Path = readonly (string | number)[];
export type JsonObject = Readonly<Record<string, Json>>;

/** Where a node is written: character offsets of its key (where it has one) and of its value. */
export interface Span {
  readonly file: string;
  readonly key: readonly [start: number, end: number] | undefined;
  readonly value: readonly [start: number, end: number];
}

/** A YAML value, and where each node of it is written, by JSON pointer. */
export interface SourceTree {
  readonly file: string;
  readonly text: string;
  readonly value: Json;
  readonly spans: ReadonlyMap<string, Span>;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** The own property of an object, or the entry of a list. */
export function child(value: Json | undefined, key: string | number): Json | undefined {
  if (isList(value)) return typeof key === 'number' || /^\d+$/.test(key) ? value[Number(key)] : undefined;
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

export function valueAt(value: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>(child, value);
}

/** RFC 6901, which is also how ajv names places. */
export function pointerOf(path: Path): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

export function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** A path as `--set` and messages write it: `stages.model.with.scales`. */
export function dotted(path: Path): string {
  return path.join('.');
}

/** The place of a value, or of its key where the value runs over several lines; of its nearest parent if it has none. */
export function placeOf(tree: SourceTree, path: Path): SourceRange {
  const { span, exact } = nearestSpan(tree, path);
  const { file, key, value } = span;
  const written = textOf(tree, span)
    .slice(...value)
    .trimEnd();
  const isOneLine = exact && written !== '' && !written.includes('\n');
  const [start, end] = key && !isOneLine ? key : [value[0], value[0] + written.length];
  return { file, start, end };
}

/** The place of a key; of the value where it has no key. */
export function keyPlaceOf(tree: SourceTree, path: Path): SourceRange {
  const { span } = nearestSpan(tree, path);
  const [start, end] = span.key ?? span.value;
  return { file: span.file, start, end };
}

/** The place of a piece of a text value, such as one reference in it: the `occurrence`-th, from 0. */
export function piecePlaceOf(tree: SourceTree, path: Path, piece: string, occurrence: number): SourceRange {
  const { span, exact } = nearestSpan(tree, path);
  if (!exact) return placeOf(tree, path);
  const [start, end] = span.value;
  const written = textOf(tree, span).slice(start, end);
  let found = -1;
  for (let count = 0; count <= occurrence; count++) {
    found = indexOfReference(written, piece, found + 1);
    if (found < 0) return placeOf(tree, path);
  }
  return { file: span.file, start: start + found, end: start + found + piece.length };
}

function nearestSpan(tree: SourceTree, path: Path): { readonly span: Span; readonly exact: boolean } {
  for (let length = path.length; length >= 0; length--) {
    const span = tree.spans.get(pointerOf(path.slice(0, length)));
    if (span) return { span, exact: length === path.length };
  }
  return { span: { file: tree.file, key: undefined, value: [0, 0] }, exact: false };
}

function textOf(tree: SourceTree, span: Span): string {
  return overrideText(span.file) ?? tree.text;
}

const overridePrefix = '--set ';

/** The file name that stands for an override: it holds the override's text, so that its place can be shown. */
export function overrideFile(override: string): string {
  return overridePrefix + override;
}

export function overrideText(file: string): string | undefined {
  return file.startsWith(overridePrefix) ? file.slice(overridePrefix.length) : undefined;
}
