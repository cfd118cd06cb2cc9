import type { SourceRange } from '../errors.ts';
import { child, placeOf, type Path, type SourceTree } from './source-tree.ts';
import { parseTemplate } from './template.ts';

/** The place where a value was written: references that stand alone, such as `${params.scales}`, are followed. */
export function originOf(tree: SourceTree, path: Path): SourceRange {
  let current = path;
  // A longer chain is a cycle, which is told elsewhere.
  for (let step = 0; step < 100; step++) {
    const next = follow(tree, current);
    if (!next) break;
    current = next;
  }
  return placeOf(tree, current);
}

function follow(tree: SourceTree, path: Path): Path | undefined {
  let value = tree.value;
  for (const [depth, key] of path.entries()) {
    const next = child(value, key);
    if (next === undefined) return undefined;
    value = next;
    if (typeof value !== 'string') continue;
    const template = parseTemplate(value);
    const [reference] = 'parts' in template && template.parts.length === 1 ? template.parts : [];
    if (reference === undefined || typeof reference === 'string') return undefined;
    const rest = path.slice(depth + 1);
    if (reference.path[0] === 'params') return [...reference.path, ...rest];
    if (reference.path[0] === 'matrix' && path[0] === 'stages')
      return [...path.slice(0, 2), ...reference.path, ...rest];
    return undefined;
  }
  return undefined;
}
