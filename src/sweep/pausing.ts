import { PipeError, exitCodes } from '../errors.ts';
import { anyPoint } from '../plan/stage-code.ts';
import type { Findings } from '../spec/findings.ts';
import type { Pipeline, StageNode } from '../spec/types.ts';
import { stageOf } from './objective.ts';
import type { Configuration } from './search/index.ts';
import type { SweepSpec } from './sweep-spec.ts';
import { type TrialPipelines, settingsOfTrial } from './trial-pipelines.ts';

/** How trainings of the objective's stage are stopped early, and for how many epochs they go if they are not. */
export interface Pausing {
  /** Such as `stages.model.with.stopAfter`. */
  readonly path: string;
  readonly epochs: number;
}

/** Undefined where the stage's trainings cannot pause. */
export function pausingOf(node: StageNode | undefined): Pausing | undefined {
  const pausable = node?.type.pausable;
  if (node === undefined || pausable === undefined) return undefined;
  const epochs = node.params(anyPoint(node))[pausable.of];
  return typeof epochs === 'number' ? { path: `stages.${node.name}.with.${pausable.by}`, epochs } : undefined;
}

/** Tells where successive halving cannot be: trainings that cannot pause, or that differ in how long a full one is. */
export async function checkPausing(
  sweep: SweepSpec,
  { each, trained }: { readonly each: string | undefined; readonly trained: StageNode },
  configurations: readonly Configuration[],
  pipelines: TrialPipelines,
  findings: Findings,
): Promise<void> {
  const tell = (message: string, advice: string) =>
    findings.add('bad-strategy', sweep.place(['strategy']), message, advice);
  const pausing = pausingOf(trained);
  if (pausing === undefined) {
    const message = `Trainings of \`${trained.name}\` cannot pause: its type \`${trained.type.name}\` is not \`pausable\`.`;
    tell(message, 'Take another strategy, or let the stage type declare it.');
    return;
  }
  const settings = sweep.each.find(({ name }) => name === each)?.settings ?? [];
  for (const configuration of configurations) {
    const pipeline = await pipelines.load(settingsOfTrial(sweep, settings, configuration));
    if (pausingOf(stageOf(sweep.objective, pipeline))?.epochs !== pausing.epochs)
      tell(`${differing(trained)}.`, differingAdvice);
  }
}

/** The same of a trial whose configuration was not among those that were checked. Throws a PipeError (`bad-strategy`). */
export function requireSamePausing(sweep: SweepSpec, pipeline: Pipeline, pausing: Pausing): void {
  const trained = stageOf(sweep.objective, pipeline);
  if (trained === undefined || pausingOf(trained)?.epochs === pausing.epochs) return;
  throw new PipeError('bad-strategy', `${differing(trained)}.`, { exitCode: exitCodes.usage, advice: differingAdvice });
}

const differing = ({ name, type }: StageNode): string =>
  `\`${type.pausable?.of ?? 'epochs'}\` of \`${name}\` is not the same in all configurations: successive halving has no common measure`;

const differingAdvice = 'Take it out of `space`, or take another strategy.';
