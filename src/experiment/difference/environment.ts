import type { RunRecord } from '../run-record.ts';

/** A fact that is not the same in two runs; undefined where a record does not have it. */
export interface FactDifference {
  readonly what: string;
  readonly from: string | number | undefined;
  readonly to: string | number | undefined;
}

/** Versions of packages. */
export function packageDifferences(from: RunRecord, to: RunRecord): readonly FactDifference[] {
  const [a, b] = [from.environment, to.environment];
  const names = [...new Set([...Object.keys(a.packages), ...Object.keys(b.packages)])].sort();
  const found = differing([
    ['pipe', a.pipe, b.pipe],
    ...names.map((name): Row => [name, a.packages[name], b.packages[name]]),
  ]);
  if (found.length > 0 || a.packageLock === b.packageLock) return found;
  return [{ what: 'package-lock.json', from: a.packageLock.slice(0, 8), to: b.packageLock.slice(0, 8) }];
}

/** Where they were made: nothing of this is in a key but what an engine's library depends on. */
export function environmentDifferences(from: RunRecord, to: RunRecord): readonly FactDifference[] {
  const [a, b] = [from.environment, to.environment];
  const stages = [...new Set([...Object.keys(from.engines ?? {}), ...Object.keys(to.engines ?? {})])];
  const hostOf = ({ process }: RunRecord) => process.machine.split(' ')[0];
  return differing([
    ['node', a.node, b.node],
    ['system', a.system, b.system],
    ['host', hostOf(from), hostOf(to)],
    ['cpu', a.cpu, b.cpu],
    ['cores', a.cores, b.cores],
    ['git commit', a.git?.commit.slice(0, 12), b.git?.commit.slice(0, 12)],
    ['uncommitted changes', dirtiness(from), dirtiness(to)],
    ...stages.map((stage): Row => [`engine of ${stage}`, from.engines?.[stage], to.engines?.[stage]]),
  ]);
}

export interface MetricDifference extends FactDifference {
  /** `to` - `from`, where both have the figure. */
  readonly difference?: number;
}

/** All headline figures of both runs, the same ones too. */
export function metricDifferences(from: RunRecord, to: RunRecord): readonly MetricDifference[] {
  const names = [...new Set([...Object.keys(from.metrics ?? {}), ...Object.keys(to.metrics ?? {})])];
  return names.map((what) => {
    const [a, b] = [from.metrics?.[what], to.metrics?.[what]];
    return { what, from: a, to: b, ...(a !== undefined && b !== undefined && { difference: b - a }) };
  });
}

type Row = readonly [what: string, from: string | number | undefined, to: string | number | undefined];

const differing = (rows: readonly Row[]): readonly FactDifference[] =>
  rows.filter(([, from, to]) => from !== to).map(([what, from, to]) => ({ what, from, to }));

const dirtiness = ({ environment: { git } }: RunRecord): string | undefined => git && (git.dirty ? 'yes' : 'no');
