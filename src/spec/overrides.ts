import type { Json } from '../stage/index.ts';
import { didYouMean, nearest } from './did-you-mean.ts';
import type { Findings } from './findings.ts';
import { parseYaml } from './parse-yaml.ts';
import {
  child,
  dotted,
  isList,
  isObject,
  overrideFile,
  pointerOf,
  type Path,
  type SourceTree,
  type Span,
} from './source-tree.ts';

/**
 * Sets values of the tree as `--set path=value` says; the value is YAML. What is set must be there already, but for
 * keys below a stage, which the checks that follow know all about.
 */
export function applyOverrides(tree: SourceTree, overrides: readonly string[], findings: Findings): SourceTree {
  return overrides.reduce((changed, override) => applyOverride(changed, override, findings), tree);
}

function applyOverride(tree: SourceTree, override: string, findings: Findings): SourceTree {
  const file = overrideFile(override);
  const equals = override.indexOf('=');
  const place = { file, start: 0, end: equals < 0 ? override.length : equals };
  if (equals <= 0 || override.slice(equals + 1).trim() === '') {
    findings.add(
      'bad-override',
      place,
      `\`${override}\` is not of the form path=value.`,
      'Write, for example, --set params.depth=4; null is written ~.',
    );
    return tree;
  }
  const path = override.slice(0, equals).trim().split('.');
  const fault = pathFault(tree.value, path);
  if (fault) {
    findings.add('unknown-override', place, fault.message, fault.advice);
    return tree;
  }
  // Blanks in place of the path, so that places in the value are places in the override.
  const parsed = parseYaml(file, ' '.repeat(equals + 1) + override.slice(equals + 1));
  for (const { code, message, advice, place: inner } of parsed.diagnostics)
    findings.add(code, inner ?? place, message, advice);
  if (!parsed.tree) return tree;
  return replace(tree, path, parsed.tree, [place.start, place.end]);
}

function pathFault(
  root: Json,
  path: readonly string[],
): { readonly message: string; readonly advice: string } | undefined {
  if (path[0] === 'data') {
    return { message: 'Data folders are not given by --set.', advice: `Write --data ${path[1] ?? 'NAME'}=DIR.` };
  }
  if (path.includes('') || path.includes('__proto__')) {
    return { message: `\`${dotted(path)}\` is not a path.`, advice: 'Write, for example, --set params.depth=4.' };
  }
  let value: Json | undefined = root;
  for (const [depth, key] of path.entries()) {
    const next = child(value, key);
    if (next === undefined) {
      const isOpen = (value === null || isObject(value)) && path[0] === 'stages' && depth > 1;
      return isOpen ? undefined : missingPath(root, value, path, depth);
    }
    value = next;
  }
  return undefined;
}

function missingPath(root: Json, value: Json | undefined, path: readonly string[], depth: number) {
  const key = path[depth] ?? '';
  const parent = path.slice(0, depth);
  const where = depth === 0 ? 'the pipeline' : `\`${dotted(parent)}\``;
  const message =
    isObject(value) || isList(value)
      ? `There is no \`${key}\` in ${where} to set.`
      : `Nothing can be set in ${where}: it is one value.`;
  const params = child(root, 'params');
  // `--set depth=4` for `params.depth`
  const known = leavesOf(params, ['params']).map(dotted);
  const meant = known.find((leaf) => leaf.endsWith(`.${dotted(path)}`)) ?? nearest(dotted(path), known);
  if (meant !== undefined) return { message, advice: `Did you mean \`${meant}\`?` };
  const siblings = isObject(value) ? Object.keys(value).map((name) => dotted([...parent, name])) : [];
  return { message, advice: didYouMean(dotted([...parent, key]), siblings, 'keys') };
}

function leavesOf(value: Json | undefined, path: Path): readonly Path[] {
  if (!isObject(value)) return [path];
  return Object.entries(value).flatMap(([key, entry]) => leavesOf(entry, [...path, key]));
}

function replace(
  tree: SourceTree,
  path: readonly string[],
  by: SourceTree,
  key: readonly [number, number],
): SourceTree {
  const pointer = pointerOf(path);
  const spans = new Map<string, Span>();
  for (const [other, span] of tree.spans) {
    if (other !== pointer && !other.startsWith(`${pointer}/`)) spans.set(other, span);
  }
  // Mappings that the override makes on the way to its key.
  for (const length of path.keys()) {
    const above = pointerOf(path.slice(0, length));
    if (!spans.has(above)) spans.set(above, { file: by.file, key, value: key });
  }
  for (const [inner, span] of by.spans) {
    spans.set(pointer + inner, inner === '' ? { ...span, key } : span);
  }
  return { ...tree, spans, value: withValue(tree.value, path, by.value) };
}

/** A copy, since values that an alias shares must stay as they are elsewhere. */
function withValue(value: Json, path: readonly string[], replacement: Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return replacement;
  const inner = withValue(child(value, key) ?? null, rest, replacement);
  if (isList(value)) return value.map((entry, index) => (String(index) === key ? inner : entry));
  return { ...(isObject(value) ? value : {}), [key]: inner };
}
