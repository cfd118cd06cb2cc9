import { describeEnvironment, enginesOf } from '../experiment/environment.ts';
import { environmentDifferences, packageDifferences } from '../experiment/difference/environment.ts';
import { dataDifferences } from '../experiment/difference/made.ts';
import type { RunRecord } from '../experiment/run-record.ts';
import { taskTitle } from '../plan/describe.ts';
import { explainTask } from '../plan/explain.ts';
import { type Facts, graphFacts, indexFacts } from '../plan/facts.ts';
import type { Graph } from '../plan/graph-types.ts';
import { machine } from '../store/process-start.ts';
import type { Divergence, StageComparison } from './compare-artifacts.ts';

/** The first stage, in the order of the graph, that did not come out as it was recorded. */
export interface FirstDivergence {
  readonly stage: string;
  readonly example: Divergence;
  /** What is not as it was; empty where nothing is that is known. */
  readonly reasons: readonly string[];
}

/** Why a reproduction may differ from the record: what decides a task's key first, then where it was made. */
export function firstDivergence(
  stages: readonly StageComparison[],
  graph: Graph,
  recorded: Facts,
  record: RunRecord,
): FirstDivergence | undefined {
  const first = stages.find(({ different }) => different > 0);
  const [example] = first?.divergences ?? [];
  if (first === undefined || example === undefined) return undefined;
  const known = keyReasons(first.stage, example, graph, recorded);
  const reasons = known.length > 0 ? known : placeReasons(graph, record);
  return { stage: first.stage, example, reasons };
}

function keyReasons(stage: string, { task }: Divergence, graph: Graph, recorded: Facts): readonly string[] {
  const planned = graph.stages.find(({ node }) => node.name === stage);
  if (planned?.node.type.kind === 'source') return sourceReasons(stage, graph, recorded);
  const found = planned?.tasks.find((candidate) => taskTitle(candidate) === task);
  if (found === undefined) return [];
  // `gone`: the key is that of the record.
  return explainTask(found, graph, recorded).flatMap(({ what, message }) => (what === 'gone' ? [] : [message]));
}

function sourceReasons(stage: string, graph: Graph, recorded: Facts): readonly string[] {
  const code = graph.stages.find(({ node }) => node.name === stage)?.code.digest;
  const before = recorded.stages.get(stage);
  const data = dataDifferences(recorded, indexFacts(graphFacts(graph))).find((one) => one.stage === stage);
  const counts = Object.entries({
    'were added': data?.added,
    'are gone': data?.removed,
    'have other bytes': data?.changed,
    'have other columns': data?.relabelled,
  });
  return [
    ...(before !== undefined && before.code !== code ? [`the code of ${before.uses} changed`] : []),
    ...counts.flatMap(([what, ids = []]) => (ids.length > 0 ? [`the data differ: ${ids.length} items ${what}`] : [])),
  ];
}

/** The key is the same, so the same code, parameters and inputs gave other bytes: it is the machine, or chance. */
function placeReasons(graph: Graph, record: RunRecord): readonly string[] {
  const { git } = record.environment;
  const now: RunRecord = {
    ...record,
    process: { ...record.process, machine },
    // The code that runs is in the key, whatever the commit.
    environment: { ...describeEnvironment(), ...(git && { git }) },
    engines: enginesOf(graph),
  };
  return [...environmentDifferences(record, now), ...packageDifferences(record, now)].map(
    ({ what, from, to }) => `${what}: ${from ?? 'none'} -> ${to ?? 'none'}`,
  );
}
