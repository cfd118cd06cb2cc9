import type { Json } from '../stage/index.ts';
import { didYouMean } from './did-you-mean.ts';
import { evaluateText, isTooLarge, type Evaluation } from './evaluate.ts';
import type { Findings } from './findings.ts';
import {
  child,
  dotted,
  isList,
  isObject,
  piecePlaceOf,
  placeOf,
  pointerOf,
  type JsonObject,
  type Path,
  type SourceTree,
} from './source-tree.ts';
import { isTemplate, type Reference } from './template.ts';

/** The pipeline's `params`, with the references among them replaced. */
export interface ResolvedParams {
  readonly value: JsonObject;
  /** The value of `${params.…}` that stands at `path`; undefined, and told, where there is none. */
  lookup(reference: Reference, path: Path): { readonly value: Json } | undefined;
  /** Paths (below the file's root) of parameters that nothing has referred to. */
  unused(): readonly Path[];
}

const longestChain = 200;

type Settled = { readonly value: Json } | 'unknown';

export function resolveParams(tree: SourceTree, findings: Findings): ResolvedParams {
  const written = child(tree.value, 'params');
  const root: JsonObject = isObject(written) ? written : {};
  const settled = new Map<string, Settled>();
  const active: Path[] = [];
  const used = new Set<string>();

  const settle = (value: Json, path: Path): Settled => {
    const pointer = pointerOf(path);
    const known = settled.get(pointer);
    if (known) return known;
    active.push(path);
    const result = compute(value, path);
    active.pop();
    settled.set(pointer, result);
    return result;
  };

  const compute = (value: Json, path: Path): Settled => {
    if (typeof value === 'string' && isTemplate(value)) {
      const unknown: Path[] = [];
      const result = evaluateText(
        value,
        path,
        evaluationOf(tree, findings, lookup, (at) => unknown.push(at)),
      );
      return unknown.length === 0 ? { value: result } : 'unknown';
    }
    if (isList(value))
      return gather(
        value.map((entry, index) => settle(entry, [...path, index])),
        (entries) => entries,
      );
    if (!isObject(value)) return { value };
    const keys = Object.keys(value);
    return gather(
      keys.map((key) => settle(value[key] ?? null, [...path, key])),
      (entries) => Object.fromEntries(keys.map((key, index) => [key, entries[index] ?? null])),
    );
  };

  const lookup = (reference: Reference, path: Path): { readonly value: Json } | undefined => {
    const place = () => piecePlaceOf(tree, path, reference.written, reference.occurrence);
    if (reference.path[0] !== 'params') {
      const advice = 'Parameters refer to parameters only; use `${data…}` and `${matrix…}` in a stage.';
      findings.add('reference-not-allowed', place(), `\`${reference.written}\` cannot stand in \`params\`.`, advice);
      return undefined;
    }
    let found: Json = root;
    let foundPath: Path = ['params'];
    let isSettled = false;
    for (const key of reference.path.slice(1)) {
      if (!isSettled && typeof found === 'string' && isTemplate(found)) {
        const inner = enter(found, foundPath, place);
        if (inner === 'unknown') return undefined;
        found = inner.value;
        isSettled = true;
      }
      const next: Json | undefined = child(found, key);
      if (next === undefined) {
        missing(reference, key, found, foundPath, place);
        return;
      }
      found = next;
      foundPath = [...foundPath, key];
    }
    used.add(pointerOf(foundPath));
    if (isSettled) return { value: found };
    const result = enter(found, foundPath, place);
    return result === 'unknown' ? undefined : result;
  };

  const enter = (value: Json, path: Path, place: () => ReturnType<typeof piecePlaceOf>): Settled => {
    const start = active.findIndex((other) => pointerOf(other) === pointerOf(path));
    if (start >= 0) {
      const chain = [...active.slice(start), path].map(dotted).join(' -> ');
      findings.add(
        'parameter-cycle',
        place(),
        `\`${dotted(path)}\` refers to itself: ${chain}.`,
        'Give one of them a value of its own.',
      );
      return 'unknown';
    }
    if (active.length > longestChain) {
      findings.add('too-deep', place(), 'This refers through too many other references.', 'Refer to the value itself.');
      return 'unknown';
    }
    return settle(value, path);
  };

  const missing = (
    reference: Reference,
    key: string,
    value: Json,
    path: Path,
    place: () => ReturnType<typeof piecePlaceOf>,
  ) => {
    const names = isList(value) ? [...value.keys()].map(String) : isObject(value) ? Object.keys(value) : [];
    findings.add(
      'unknown-reference',
      place(),
      `\`${reference.written}\`: there is no \`${key}\` in \`${dotted(path)}\`.`,
      didYouMean(key, names, `names in \`${dotted(path)}\``),
    );
    return undefined;
  };

  const all = settle(root, ['params']);
  if (all !== 'unknown' && isTooLarge(all.value)) {
    findings.add(
      'too-large',
      placeOf(tree, ['params']),
      'The parameters grow beyond a million characters.',
      'References to references multiply: use fewer.',
    );
  }
  return {
    value: all !== 'unknown' && isObject(all.value) ? all.value : {},
    lookup,
    unused: () => unusedBelow(root, ['params'], used),
  };
}

function gather(entries: readonly Settled[], combine: (values: readonly Json[]) => Json): Settled {
  const values: Json[] = [];
  for (const entry of entries) {
    if (entry === 'unknown') return 'unknown';
    values.push(entry.value);
  }
  return { value: combine(values) };
}

function evaluationOf(
  tree: SourceTree,
  findings: Findings,
  lookup: ResolvedParams['lookup'],
  unknown: (path: Path) => void,
): Evaluation {
  return {
    lookup,
    fault: (code, path, piece, message, advice) =>
      findings.add(code, piecePlaceOf(tree, path, piece.written, piece.occurrence), message, advice),
    unknown,
  };
}

/** The highest parameters of which no part is used. */
function unusedBelow(value: JsonObject, path: Path, used: ReadonlySet<string>): readonly Path[] {
  if (used.has(pointerOf(path))) return [];
  return Object.entries(value).flatMap(([key, entry]): readonly Path[] => {
    const inner = [...path, key];
    const pointer = pointerOf(inner);
    if (used.has(pointer)) return [];
    const isUsedWithin = [...used].some((other) => other.startsWith(`${pointer}/`));
    if (!isUsedWithin) return [inner];
    return isObject(entry) ? unusedBelow(entry, inner, used) : [];
  });
}
