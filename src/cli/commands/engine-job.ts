import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../package-root.ts';
import type { CodeCache } from '../../plan/code-cache.ts';
import type { EngineCode } from '../../plan/engines.ts';
import type { Job } from '../../run/job.ts';
import { gpusFor } from '../../run/slots.ts';
import type { ActionKey } from '../../store/types.ts';

/** A task that tries or times an engine, outside any pipeline. */
export type EngineTask = Pick<Job, 'stageType' | 'bundle' | 'assets' | 'params' | 'inputs' | 'outputs'>;

/** Its files lie below `scratch`. */
export function engineJob(engine: NonNullable<Job['engine']>, scratch: string, task: EngineTask): Job {
  return {
    // Keys are digests elsewhere; nothing is looked up by this one.
    key: `engine-${engine.name}` as ActionKey,
    title: `${task.stageType} on ${engine.name}`,
    ...task,
    scratch: mkdtempSync(join(scratch, 'task-')),
    checkpoint: join(mkdtempSync(join(scratch, 'checkpoint-')), 'state'),
    engine,
  };
}

/** Like a task of a run, it has one GPU alone; one of any model, where no `device` is known yet. */
export function oneGpu(engine: Pick<EngineCode, 'name' | 'gpus' | 'device'>): { readonly gpu?: string } {
  const [gpu] = gpusFor(engine);
  return gpu === undefined ? {} : { gpu };
}

/** The kernels of the reference network's training step, by `src/engine/install/trial-stage.ts` and its parameters. */
export async function trialTask(cache: CodeCache, params: Job['params']): Promise<EngineTask> {
  const entry = join(packageRoot, 'src/engine/install/trial-stage.ts');
  const { bundle } = await cache.load(entry, () => ({ facts: {}, assets: [] }));
  return { stageType: 'engine-trial', bundle, assets: {}, params, inputs: {}, outputs: { report: 'json' } };
}
