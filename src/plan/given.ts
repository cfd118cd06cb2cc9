import type { GivenResults } from '../spec/types.ts';
import type { PlannedStage } from './graph-types.ts';

/** Settles stages with results that are given. To be called before anything is expanded. */
export function giveResults(stages: readonly PlannedStage[], given: readonly GivenResults[]): void {
  for (const { stage: name, points } of given) {
    const stage = stages.find(({ node }) => node.name === name);
    if (stage !== undefined) give(stage, points);
  }
}

function give(stage: PlannedStage, points: GivenResults['points']): void {
  stage.points = points.map(({ point }) => point);
  stage.digests = points.map(() => '');
  stage.tasks = points.map(({ outputs }, pointIndex) => ({
    stage,
    pointIndex,
    item: -1,
    status: 'settled',
    pending: 0,
    dependents: undefined,
    key: undefined,
    result: { outputs, seconds: 0 },
    cached: true,
    attempts: 0,
  }));
}
