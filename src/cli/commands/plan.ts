import { latestFacts } from '../../experiment/index.ts';
import { explainTask } from '../../plan/explain.ts';
import type { Graph, PlannedStage } from '../../plan/graph-types.ts';
import { planPipeline } from '../../run/index.ts';
import { checkNameIsFree } from '../check-name.ts';
import { counted, formatCount } from '../duration.ts';
import { withPipeline } from '../open-pipeline.ts';
import type { SpecOptions } from '../options.ts';
import { renderTable } from '../table.ts';
import { createTerminal } from '../terminal.ts';

interface StagePlan {
  readonly stage: string;
  readonly uses: string;
  /** Undefined where a matrix or folds are not known yet. */
  readonly tasks: number | undefined;
  readonly cached: number;
  readonly run: number;
  /** Tasks that need others which run: they run too, unless those give the same bytes as before. */
  readonly wait: number;
  readonly why: readonly string[];
}

/** `pipe plan`: what a run would do and why. */
export async function plan(spec: string, options: SpecOptions): Promise<number> {
  const terminal = createTerminal(options);
  return withPipeline(spec, options, { readOnly: true }, async ({ pipeline, workspace, folders }) => {
    checkNameIsFree(folders.experiments, pipeline);
    const { force, target } = options;
    const graph = await planPipeline(pipeline, workspace, { force, ...(target !== undefined && { target }) });
    const facts = latestFacts(folders.experiments, pipeline.name);
    const stages = graph.stages.map((stage) => planOf(stage, graph, (task) => explainTask(task, graph, facts)));
    if (terminal.json) terminal.printJson({ pipeline: pipeline.name, stages });
    else terminal.print(planText(stages, terminal.colours.dim));
    return 0;
  });
}

function planOf(
  stage: PlannedStage,
  graph: Graph,
  explain: (task: PlannedStage['tasks'][number]) => ReturnType<typeof explainTask>,
): StagePlan {
  const { node, items, tasks, points } = stage;
  const basics = { stage: node.name, uses: node.type.name };
  if (node.type.kind === 'source')
    return { ...basics, tasks: items.length, cached: items.length, run: 0, wait: 0, why: [] };
  if (points === undefined) {
    const unknown = `its matrix or folds are known once ${unknownNeeds(stage, graph).join(', ')} has run`;
    return { ...basics, tasks: undefined, cached: 0, run: 0, wait: 0, why: [unknown] };
  }
  const open = tasks.filter(({ status }) => status !== 'settled');
  const run = open.filter(({ key }) => key !== undefined).length;
  const why = new Set(open.flatMap((task) => explain(task).map(({ message }) => message)));
  return {
    ...basics,
    tasks: tasks.length,
    cached: tasks.length - open.length,
    run,
    wait: open.length - run,
    why: [...why],
  };
}

/** What the axes and folds of a stage wait for. */
function unknownNeeds({ node, links }: PlannedStage, graph: Graph): string[] {
  const axes = Object.values(node.matrix).flatMap((axis) => (axis.kind === 'artifact' ? [axis.stage] : []));
  const folds = node.type.parts === undefined ? undefined : node.needs[node.type.parts.input]?.stage;
  const unsettled = [...axes, ...(folds === undefined ? [] : [folds])].filter((name) =>
    graph.stages.some((stage) => stage.node.name === name && stage.tasks[0]?.status !== 'settled'),
  );
  const unplanned = links
    .filter(({ upstream }) => upstream.points === undefined)
    .map(({ upstream }) => upstream.node.name);
  return [...new Set([...unsettled, ...unplanned])];
}

function planText(stages: readonly StagePlan[], dim: (text: string) => string): string {
  const rows = stages.map(({ stage, uses, tasks, cached, run, wait, why }) => [
    stage,
    uses,
    tasks ?? '?',
    cached,
    run,
    wait,
    why.length > 1 ? `${why[0] ?? ''} (and ${why.length - 1} more)` : (why[0] ?? ''),
  ]);
  const sum = (count: (stage: StagePlan) => number) => stages.reduce((total, stage) => total + count(stage), 0);
  const unknown = stages.some(({ tasks }) => tasks === undefined)
    ? '; some stages are planned once others have run'
    : '';
  const toRun = sum(({ run }) => run);
  const waiting = sum(({ wait }) => wait);
  const end =
    toRun + waiting === 0 && unknown === ''
      ? 'Nothing to do.'
      : `${counted(toRun, 'task')} would run, ${formatCount(waiting)} more may follow${unknown}.`;
  return `${renderTable(['stage', 'uses', 'tasks', 'cached', 'run', 'wait', 'why'], rows, dim)}\n\n${end}`;
}
