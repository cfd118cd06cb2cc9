import type { Task } from '../plan/graph-types.ts';

export interface ReadyQueue {
  add(task: Task): void;
  /** Takes the first task that may be launched; what may not stays. */
  take(mayLaunch: (task: Task) => boolean): Task | undefined;
  clear(): Task[];
  readonly size: number;
}

/** Ready tasks, later stages first, so that what was begun is finished; within a stage in the order they came. */
export function createReadyQueue(stageOrder: ReadonlyMap<string, number>): ReadyQueue {
  const byStage: { tasks: Task[]; first: number }[] = Array.from(stageOrder, () => ({ tasks: [], first: 0 }));
  let size = 0;
  const laneOf = (task: Task) => byStage[stageOrder.get(task.stage.node.name) ?? 0];
  return {
    add(task) {
      laneOf(task)?.tasks.push(task);
      size += 1;
    },
    take(mayLaunch) {
      for (let lane = byStage.length - 1; lane >= 0; lane--) {
        const found = byStage[lane];
        const task = found?.tasks[found.first];
        if (found === undefined || task === undefined || !mayLaunch(task)) continue;
        found.first += 1;
        if (found.first === found.tasks.length) [found.tasks, found.first] = [[], 0];
        size -= 1;
        return task;
      }
      return undefined;
    },
    clear() {
      const left = byStage.flatMap(({ tasks, first }) => tasks.slice(first));
      for (const lane of byStage) [lane.tasks, lane.first] = [[], 0];
      size = 0;
      return left;
    },
    get size() {
      return size;
    },
  };
}
