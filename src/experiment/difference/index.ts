import { type Facts, indexFacts } from '../../plan/facts.ts';
import { type FoundRun, requireUnchanged } from '../find-runs.ts';
import { readFacts } from '../read-runs.ts';
import { recordFiles } from '../run-record.ts';
import {
  type FactDifference,
  type MetricDifference,
  environmentDifferences,
  metricDifferences,
  packageDifferences,
} from './environment.ts';
import {
  type CodeDifference,
  type DataDifference,
  type DefaultDifference,
  codeDifferences,
  dataDifferences,
  defaultDifferences,
  engineDifferences,
} from './made.ts';
import { type WrittenDifference, writtenDifferences, writtenPipeline } from './written.ts';

export type { CodeDifference, DataDifference, FactDifference, MetricDifference, WrittenDifference };

/** What differs between two runs. */
export interface RunDifference {
  readonly parameters: readonly (WrittenDifference | DefaultDifference)[];
  /** What only complete runs tell; undefined where one was killed, or failed before it began. */
  readonly made:
    | {
        readonly code: readonly CodeDifference[];
        readonly engines: readonly { readonly stage: string; readonly message: string }[];
        readonly data: readonly DataDifference[];
      }
    | undefined;
  readonly packages: readonly FactDifference[];
  readonly environment: readonly FactDifference[];
  readonly metrics: readonly MetricDifference[];
  /** Stages that only one of them has run, where both are known. */
  readonly onlyFrom: readonly string[];
  readonly onlyTo: readonly string[];
  /** Whether all results are equal, bit for bit; undefined where one of the runs has none, or they did not run the same stages. */
  readonly sameResults: boolean | undefined;
}

/** Compares two recorded runs. Throws a PipeError (`damaged-record`). */
export function diffRuns(from: FoundRun, to: FoundRun): RunDifference {
  for (const run of [from, to]) requireUnchanged(run);
  const trees = [writtenPipeline(from), writtenPipeline(to)] as const;
  const facts = [from, to].map(({ folder }) => indexFacts(readFacts(folder)));
  const [before, now] = facts.every(({ stages }) => stages.size > 0) ? facts : [];
  const isKnown = before !== undefined && now !== undefined;
  const onlyFrom = isKnown ? stagesLacking(before, now) : [];
  const onlyTo = isKnown ? stagesLacking(now, before) : [];
  return {
    parameters: [...writtenDifferences(...trees), ...(isKnown ? defaultDifferences(before, now, trees) : [])],
    made: isKnown ? madeDifferences(before, now) : undefined,
    packages: packageDifferences(from.record, to.record),
    environment: environmentDifferences(from.record, to.record),
    metrics: metricDifferences(from.record, to.record),
    onlyFrom,
    onlyTo,
    sameResults: onlyFrom.length + onlyTo.length > 0 ? undefined : sameResults(from, to),
  };
}

const madeDifferences = (from: Facts, to: Facts) => ({
  code: codeDifferences(from, to),
  engines: engineDifferences(from, to),
  data: dataDifferences(from, to),
});

/** What the one has run and the other has not: a trial, and a run with `--target`, stop early. */
function stagesLacking(one: Facts, other: Facts): readonly string[] {
  const run = ({ stages, tasks }: Facts) => {
    const withTasks = new Set(Array.from(tasks.keys(), (task) => task.split(' ')[0] ?? ''));
    return Array.from(stages.keys()).filter((stage) => withTasks.has(stage));
  };
  const others = new Set(run(other));
  return run(one).filter((stage) => !others.has(stage));
}

function sameResults(from: FoundRun, to: FoundRun): boolean | undefined {
  const [a, b] = [from, to].map(({ record }) => record.files?.[recordFiles.results]);
  return a === undefined || b === undefined ? undefined : a === b;
}
