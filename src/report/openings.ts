import { type RunRecord, listRuns } from '../experiment/index.ts';

/** How often the units that a run was tested on were tested, over all records that can be read. */
export interface Openings {
  /** Runs that say what they were tested on, whose units are these. */
  readonly runs: number;
  /** Those of them with other keys than each earlier one: a run again, with the same keys, shows nothing new. */
  readonly different: number;
  /** Of them, by pipeline. */
  readonly pipelines: Readonly<Record<string, number>>;
  /** Runs of older versions, and interrupted ones, which do not say what they were tested on. */
  readonly unknown: number;
  readonly damaged: number;
}

/** Undefined where the run does not say what it was tested on. */
export function countOpenings(experiments: string, { tested }: RunRecord): Openings | undefined {
  if (tested === undefined) return undefined;
  const own = new Set(Object.values(tested).map(({ digest }) => digest));
  const { runs, damaged } = listRuns(experiments);
  const same = runs.filter((run) => Object.values(run.tested ?? {}).some(({ digest }) => own.has(digest)));
  const pipelines: Record<string, number> = {};
  for (const { pipeline } of same) pipelines[pipeline] = (pipelines[pipeline] ?? 0) + 1;
  return {
    runs: same.length,
    different: new Set(same.map(({ tasks, run }) => tasks ?? run)).size,
    pipelines,
    unknown: runs.filter(({ tested: units }) => units === undefined).length,
    damaged: damaged.length,
  };
}
