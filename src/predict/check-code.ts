import { PipeError, exitCodes } from '../errors.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { StageFact } from '../plan/facts.ts';
import { agrees } from '../plan/matrix.ts';
import { stageCode } from '../plan/stage-code.ts';
import type { Workspace } from '../run/workspace.ts';
import { commandType } from '../spec/command-stage-info.ts';
import type { StageNode } from '../spec/types.ts';
import type { Json, MatrixPoint } from '../stage/index.ts';
import type { RecordedRun } from './recorded-run.ts';

/** Stages whose code or parameters are not those that the run was made with. */
export async function changedStages(
  stages: readonly StageNode[],
  { facts, pipeline }: RecordedRun,
  workspace: Workspace,
): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const node of stages) {
    const fact = facts.stages.get(node.name);
    const { digest } = await stageCode(node, pipeline, workspace);
    if (fact?.code !== digest || !hasParams(node, fact.points)) changed.push(node.name);
  }
  return changed;
}

/** A default that is another now makes other parameters of the same file. */
function hasParams(node: StageNode, recorded: StageFact['points']): boolean {
  const own: MatrixPoint = Object.fromEntries(
    Object.entries(node.matrix).flatMap(([name, axis]) =>
      axis.kind === 'values' ? [[name, axis.values[0] ?? '']] : [],
    ),
  );
  const then = recorded.find(({ point }) => agrees(point, own));
  return then !== undefined && paramsText(then.params, node) === paramsText(node.params(own), node);
}

/** Where a command's code lies does not count; its bytes do. */
function paramsText({ code, ...params }: Readonly<Record<string, Json>>, { type }: StageNode): string {
  return canonicalJson(type.name === commandType ? params : { ...params, code });
}

export function changedCode(run: string, stages: readonly string[], command: string): PipeError {
  const which = stages.map((stage) => `\`${stage}\``).join(', ');
  return new PipeError(
    'changed-code',
    `The code of ${which} has changed since the run ${run}: what it makes of new files may not be what the models were trained on.`,
    {
      exitCode: exitCodes.usage,
      advice:
        `Run the pipeline again (\`${command}\`; only what really differs is computed) and name the new run; or go back to the code of the run, ` +
        'which `pipe show` tells; or accept the difference with --allow-changed-code.',
    },
  );
}
