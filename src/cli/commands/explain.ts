import { latestFacts } from '../../experiment/index.ts';
import { type Reason, explainTask } from '../../plan/explain.ts';
import type { Graph, PlannedStage } from '../../plan/graph-types.ts';
import type { Facts } from '../../plan/facts.ts';
import { planPipeline } from '../../run/index.ts';
import { locate, renderDiagnostic } from '../../spec/index.ts';
import { counted } from '../duration.ts';
import { checkStage, withPipeline } from '../open-pipeline.ts';
import type { SpecOptions } from '../options.ts';
import { type Terminal, createTerminal } from '../terminal.ts';

/** A reason and the tasks that have it. */
interface SharedReason extends Reason {
  readonly tasks: number;
}

/** `pipe explain`: for each stage that would run, which field changed and where the YAML says it. */
export async function explain(spec: string, only: string | undefined, options: SpecOptions): Promise<number> {
  const terminal = createTerminal(options);
  return withPipeline(spec, options, { readOnly: true }, async ({ pipeline, workspace, folders }) => {
    if (only !== undefined) checkStage(only, pipeline);
    const { force, target } = options;
    const graph = await planPipeline(pipeline, workspace, { force, ...(target !== undefined && { target }) });
    const facts = latestFacts(folders.experiments, pipeline.name);
    const stages = graph.stages.filter(({ node }) => only === undefined || node.name === only);
    for (const stage of stages) printStage(stage, sharedReasons(stage, graph, facts), terminal);
    return 0;
  });
}

function sharedReasons(stage: PlannedStage, graph: Graph, facts: Facts | undefined): SharedReason[] {
  const reasons = new Map<string, SharedReason>();
  for (const task of stage.tasks.filter(({ status }) => status !== 'settled')) {
    for (const reason of explainTask(task, graph, facts)) {
      const known = reasons.get(reason.message);
      reasons.set(reason.message, { ...reason, tasks: (known?.tasks ?? 0) + 1 });
    }
  }
  return [...reasons.values()];
}

function printStage({ node, tasks, points }: PlannedStage, reasons: readonly SharedReason[], terminal: Terminal): void {
  const { json, print, printJson, colours } = terminal;
  if (json) {
    const placed = reasons.map(({ place, ...rest }) => ({ ...rest, ...(place && { place: locate(place) }) }));
    printJson({ stage: node.name, known: points !== undefined, tasks: tasks.length, reasons: placed });
    return;
  }
  const open = tasks.filter(({ status }) => status !== 'settled').length;
  const state =
    node.type.kind === 'source'
      ? 'a source; listed each time'
      : points === undefined
        ? 'its tasks are known once what it needs has run'
        : open === 0
          ? colours.green(`${counted(tasks.length, 'task')}, all up to date`)
          : colours.yellow(`${open} of ${counted(tasks.length, 'task')} would run`);
  print(`${colours.bold(node.name)}: ${state}`);
  for (const { tasks: count, message, place } of reasons.slice(0, shownReasons)) {
    const text = count < open ? `${message} (${counted(count, 'task')})` : message;
    print(
      place === undefined
        ? `  ${text}`
        : indent(renderDiagnostic({ code: 'changed', message: text, place }, { colours, severity: 'note' })),
    );
  }
  if (reasons.length > shownReasons)
    print(colours.dim(`  and ${reasons.length - shownReasons} more reasons; --json has all`));
}

const shownReasons = 10;
const indent = (text: string): string => text.replaceAll(/^/gm, '  ');
