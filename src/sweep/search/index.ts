export { spaceProblems, type SpaceProblem } from './check-space.ts';
export { gridSize } from './grid.ts';
export {
  defaultMinimum,
  halvingCost,
  halvingRungs,
  survivors,
  type HalvingSettings,
  type Rung,
  type RungResult,
} from './halving.ts';
export { propose } from './propose.ts';
export type { ProposalRequest, Strategy, TpeSettings } from './request.ts';
export type { Choice, Condition, Configuration, Json, Observation, Parameter, Range, Space } from './space.ts';
