import type { Alias, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { SourceRange } from '../errors.ts';
import type { Json } from '../stage/index.ts';
import type { Findings } from './findings.ts';
import { yamlPackage } from './lazy-packages.ts';
import { isList, isObject, pointerOf } from './source-tree.ts';

/** Offsets of the key (-1 without one) and of the value. */
export type FlatSpan = readonly [keyStart: number, keyEnd: number, start: number, end: number];

const mostValues = 100_000;
const deepest = 64;

interface Reading {
  readonly file: string;
  readonly text: string;
  readonly findings: Findings;
  readonly spans: Record<string, FlatSpan>;
  readonly anchors: Map<string, { readonly value: Json; readonly pointer: string }>;
  values: number;
  /** A value could not be read, so that checks of the whole would tell of what follows from that. */
  isBroken: boolean;
}

/** Turns parsed nodes into plain values. Undefined, and told, when one of them cannot be read or they are too many. */
export function readNodes(
  file: string,
  text: string,
  root: Node | null,
  findings: Findings,
): { readonly value: Json; readonly spans: Record<string, FlatSpan> } | undefined {
  const reading: Reading = { file, text, findings, spans: {}, anchors: new Map(), values: 0, isBroken: false };
  const value = readNode(reading, root, '', null, 0);
  return reading.isBroken ? undefined : { value, spans: reading.spans };
}

function readNode(reading: Reading, node: Node | null, pointer: string, key: Node | null, depth: number): Json {
  const { isAlias, isMap, isSeq, isScalar } = yamlPackage();
  const [keyStart, keyEnd] = key?.range ?? [-1, -1];
  const [start, end] = node?.range ?? [keyEnd, keyEnd];
  reading.spans[pointer] = [keyStart, keyEnd, start, end];
  if (!countValues(reading, 1, node)) return null;
  if (depth > deepest) {
    reading.isBroken = true;
    reading.findings.add(
      'too-deep',
      rangeOf(reading, node),
      'The values are nested too deeply.',
      'A pipeline needs fewer than ten levels.',
    );
    return null;
  }
  if (isAlias(node)) return readAlias(reading, node, pointer);
  const value = isMap(node)
    ? readMap(reading, node, pointer, depth)
    : isSeq(node)
      ? readSequence(reading, node, pointer, depth)
      : isScalar(node)
        ? readScalar(reading, node)
        : null;
  const anchor: string | undefined = node?.anchor;
  if (anchor !== undefined) reading.anchors.set(anchor, { value, pointer });
  return value;
}

function readMap(reading: Reading, map: YAMLMap, pointer: string, depth: number): Json {
  const entries = new Map<string, Json>();
  for (const { key, value } of map.items as Pair<Node | null, Node | null>[]) {
    const name = keyName(reading, key);
    if (name === undefined) continue;
    if (entries.has(name)) {
      reading.findings.add(
        'duplicate-key',
        rangeOf(reading, key),
        `\`${name}\` is given twice.`,
        'Remove or rename one of the two.',
      );
      continue;
    }
    entries.set(name, readNode(reading, value, pointer + pointerOf([name]), key, depth + 1));
  }
  return Object.fromEntries(entries);
}

function keyName(reading: Reading, key: Node | null): string | undefined {
  const name = yamlPackage().isScalar(key) ? (typeof key.value === 'string' ? key.value : (key.source ?? '')) : '';
  if (name === '' || name === '__proto__') {
    reading.findings.add(
      'bad-key',
      rangeOf(reading, key),
      'This cannot be a key.',
      'A key is a plain name, such as `scales`.',
    );
    return undefined;
  }
  if (name === '<<') {
    const advice = 'Write the keys out, share them through `params`, or use an alias for the whole value.';
    reading.findings.add('bad-key', rangeOf(reading, key), '`<<` does not merge in YAML 1.2.', advice);
    return undefined;
  }
  return name;
}

function readSequence(reading: Reading, sequence: YAMLSeq, pointer: string, depth: number): Json {
  return (sequence.items as Node[]).map((item, index) =>
    readNode(reading, item, `${pointer}/${index}`, null, depth + 1),
  );
}

function readScalar(reading: Reading, scalar: Scalar): Json {
  const { value } = scalar;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value !== 'number') return scalar.source ?? '';
  const source = scalar.source ?? '';
  const place = rangeOf(reading, scalar);
  if (/^[-+]?0\d/.test(source)) {
    reading.findings.add(
      'leading-zero',
      place,
      `${source} without quotes is the number ${value}.`,
      `Write "${source}" if it is a name, else ${value}.`,
    );
  } else if (
    !Number.isFinite(value) ||
    (Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?\d+$/.test(source))
  ) {
    reading.isBroken = true;
    reading.findings.add(
      'bad-number',
      place,
      `${source} is not a number that can be kept exactly.`,
      'Use a finite number, an integer below 2^53, or text in quotes.',
    );
    return null;
  }
  // There is no -0 in JSON.
  return value === 0 ? 0 : value;
}

/** An alias repeats a value that stands before it; the places in it are those of the original. */
function readAlias(reading: Reading, alias: Alias, pointer: string): Json {
  const target = reading.anchors.get(alias.source);
  if (!target) {
    reading.isBroken = true;
    const message = `\`*${alias.source}\` names no value above it.`;
    reading.findings.add(
      'unknown-anchor',
      rangeOf(reading, alias),
      message,
      `Mark the value with \`&${alias.source}\` before it is used, or put text that begins with \`*\` in quotes.`,
    );
    return null;
  }
  copySpans(reading, target.value, target.pointer, pointer, alias);
  return target.value;
}

function copySpans(reading: Reading, value: Json, from: string, to: string, alias: Alias): void {
  const keys = isList(value) ? value.keys() : isObject(value) ? Object.keys(value) : [];
  for (const key of keys) {
    if (!countValues(reading, 1, alias)) return;
    const below = pointerOf([key]);
    const span = reading.spans[from + below];
    if (span) reading.spans[to + below] = span;
    const inner = isList(value) ? value[Number(key)] : isObject(value) ? value[key] : undefined;
    if (inner !== undefined) copySpans(reading, inner, from + below, to + below, alias);
  }
}

function countValues(reading: Reading, more: number, node: Node | null): boolean {
  reading.values += more;
  if (reading.values <= mostValues) return true;
  reading.isBroken = true;
  const place = rangeOf(reading, node);
  if (reading.values === mostValues + 1) {
    reading.findings.add(
      'alias-bomb',
      place,
      `The file stands for more than ${mostValues} values.`,
      'Aliases of aliases multiply: use fewer.',
    );
  }
  return false;
}

function rangeOf(reading: Reading, node: Node | null): SourceRange {
  const [start, end] = node?.range ?? [0, 0];
  return { file: reading.file, start, end: Math.max(end, start) };
}
