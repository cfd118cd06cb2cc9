import type { MatrixPoint } from '../stage/index.ts';

/** The name of a task within its pipeline, in messages and records: `scalogram 03a01Fa`, `model fold=03 seed=1`. */
export function titleOf({
  stage,
  item,
  point,
}: {
  readonly stage: string;
  /** The item's id, for a map stage. */
  readonly item?: string | undefined;
  readonly point: MatrixPoint;
}): string {
  // Asked for with every event: no lists are made.
  let title = item === undefined ? stage : `${stage} ${item}`;
  for (const axis in point) title += ` ${axis}=${point[axis] ?? ''}`;
  return title;
}
