/** A package and the versions of it that will do, such as `<13.0,>=12.5`. */
export interface Requirement {
  /** Normalised. */
  readonly distribution: string;
  readonly range: string;
}

/** Whether a final release is in a range of PEP 440's `==`, `!=`, `<`, `<=`, `>` and `>=`. Others never are. */
export function isInRange(version: string, range: string): boolean {
  if (!isFinal(version)) return false;
  return range
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .every((part) => {
      const [, operator = '', bound = ''] = /^(==|!=|<=|>=|<|>)\s*(.+)$/.exec(part) ?? [];
      const order = compareVersions(version, bound);
      switch (operator) {
        case '==':
          return order === 0;
        case '!=':
          return order !== 0;
        case '<':
          return order < 0;
        case '<=':
          return order <= 0;
        case '>':
          return order > 0;
        case '>=':
          return order >= 0;
        default:
          return false;
      }
    });
}

/** Negative when `a` is older; both final releases. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let index = 0; index < Math.max(left?.length ?? 0, right?.length ?? 0); index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Of final releases, those around the one that a range names, the oldest first. */
export function nearestVersions(versions: readonly string[], range: string, count = 4): string[] {
  const wanted = /\d+(\.\d+)*/.exec(range)?.[0] ?? '0';
  const sorted = [...versions].sort(compareVersions);
  const place = sorted.filter((version) => compareVersions(version, wanted) < 0).length;
  const start = Math.max(0, Math.min(sorted.length - count, place - count / 2));
  return sorted.slice(start, start + count);
}

/** Neither a beta nor any other kind of release before the release. */
export const isFinal = (version: string): boolean => /^\d+(\.\d+)*$/.test(version);
