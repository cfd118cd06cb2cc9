import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PipeError } from '../../errors.ts';
import type { CodeCache } from '../../plan/code-cache.ts';
import type { EngineCode } from '../../plan/engines.ts';
import { anyPoint } from '../../plan/stage-code.ts';
import { planPipeline } from '../../run/index.ts';
import type { Workspace } from '../../run/index.ts';
import type { Executor, FileReference, Job, JobInput } from '../../run/job.ts';
import type { Pipeline, StageNode } from '../../spec/types.ts';
import { randomStream } from '../../stage/random.ts';
import { decodeArtifact, encodeArtifact } from '../../stage/codecs/index.ts';
import type { Digest } from '../../store/types.ts';
import { usageError } from '../open-pipeline.ts';
import { type EngineTask, engineJob, oneGpu, trialTask } from './engine-job.ts';
import { median } from './engine-trial.ts';

/** Work of which one step can be timed on any engine. */
export interface BenchWork {
  /** What it is, for people. */
  readonly title: string;
  /** Median seconds of a step where an epoch has so many, or why there is none. */
  time(engine: EngineCode, steps: number, executor: Executor, signal: AbortSignal): Promise<number | string>;
}

/** The first one warms up. */
const epochs = 5;
/** Of the reference work: a segment's frames, scales and strips. */
const referenceShape = [166, 64, 20] as const;
const timeoutSeconds = 900;

/** The kernels of a training step in the reference sizes, as they are timed when an engine is installed. */
export function referenceWork(cache: CodeCache, scratch: string): BenchWork {
  return {
    title: 'A training step of the reference network: 40 segments of 166 x 64 x 20.',
    async time(engine, steps, executor, signal) {
      const params = {
        steps: steps * (epochs - 1),
        seconds: 10,
        bundle: engine.code.bundle,
        library: engine.folder ?? '',
      };
      const job = benchJob(engine, scratch, await trialTask(cache, params));
      const answer = await executor.run(job, { signal, timeoutSeconds, onNote: () => undefined });
      if (answer.status === 'failed') return answer.message;
      const report = readFileSync(answer.outputs['report']?.path ?? '', 'utf8');
      return median((JSON.parse(report) as { stepSeconds: number[] }).stepSeconds);
    },
  };
}

/**
 * A pipeline's own training, run as its task would be but on made-up segments and for a few epochs: the network is defined
 * in `stages/`, which nothing here may import, and its parameters are known to the stage alone. So the stage itself is
 * run, and the time between two epochs, which it tells as progress, is measured from outside. That is a step with all
 * that belongs to it, and the share of an epoch's end.
 */
export async function pipelineWork(pipeline: Pipeline, workspace: Workspace, scratch: string): Promise<BenchWork> {
  const node = trainingStage(pipeline);
  const { bundle, assets } = await workspace.types.code(node.type.name, pipeline.stageFolders);
  // Neither may end it before all epochs are timed.
  const { patience: _patience, stopAfter: _stopAfter, ...params } = node.params(anyPoint(node));
  const batchSize = Number(params['batchSize']);
  const classes = Array.isArray(params['classes']) ? params['classes'].map(String) : ['a', 'b'];
  const known = await knownShape(node, pipeline, workspace);
  const shape = known ?? referenceShape;
  return {
    title:
      `A training step of \`${node.name}\` of ${pipeline.name}: ${batchSize} segments of ${shape.join(' x ')}` +
      (known === undefined ? ', the reference size: no features are stored yet.' : '.'),
    async time(engine, wanted, executor, signal) {
      // A segment for each class, so that each is trained.
      const steps = Math.max(wanted, Math.ceil(classes.length / batchSize));
      const input = madeUpSegments(mkdtempSync(join(scratch, 'data-')), batchSize, shape, { steps, classes, node });
      const job = benchJob(engine, scratch, {
        stageType: node.type.name,
        bundle,
        assets,
        params: { ...params, epochs },
        inputs: input,
        outputs: node.type.outputs,
      });
      const ends: number[] = [];
      const onNote = ({ type }: { readonly type: string }) => {
        if (type === 'progress') ends.push(performance.now());
      };
      const answer = await executor.run(job, { signal, timeoutSeconds, onNote });
      if (answer.status === 'failed') return answer.message;
      const seconds = ends.slice(1).map((end, index) => (end - (ends[index] ?? NaN)) / 1000 / steps);
      return seconds.length === 0 ? `${node.type.name} told no progress` : median(seconds);
    },
  };
}

/** A stage that trains: one with an engine that tells epochs and takes batches. */
function trainingStage({ stages, name }: Pipeline): StageNode {
  const found = stages.find(
    (node) => node.type.engine && ['epochs', 'batchSize'].every((key) => key in node.params(anyPoint(node))),
  );
  if (found !== undefined) return found;
  throw usageError(
    'no-training-stage',
    `${name} has no stage that trains: one with an engine, \`epochs\` and \`batchSize\`.`,
    'Without a pipeline, the reference network is timed.',
  );
}

/** The shape of a segment's features, [frames, scales, strips], where any are stored. */
async function knownShape(
  { needs, type }: StageNode,
  pipeline: Pipeline,
  workspace: Workspace,
): Promise<readonly number[] | undefined> {
  const input = Object.keys(needs).find((name) => name !== type.parts?.input);
  const target = input === undefined ? undefined : needs[input]?.stage;
  if (target === undefined) return undefined;
  try {
    const { stages } = await planPipeline(pipeline, workspace, { target });
    const task = stages.find(({ node }) => node.name === target)?.tasks.find(({ status }) => status === 'settled');
    const output = task?.result?.outputs['features'];
    const bytes = output && workspace.store.read(output.digest);
    return bytes && decodeArtifact('array', bytes).shape.slice(1);
  } catch (error) {
    // Without the recordings nothing is known of their segments.
    if (error instanceof PipeError) return undefined;
    throw error;
  }
}

interface Training {
  readonly steps: number;
  readonly classes: readonly string[];
  readonly node: StageNode;
}

/** So many batches of random segments, as the input that features come by. */
function madeUpSegments(
  folder: string,
  batchSize: number,
  shape: readonly number[],
  { steps, classes, node }: Training,
): Record<string, JobInput> {
  const random = randomStream('engine bench');
  const size = shape.reduce((product, length) => product * length, batchSize);
  const features = { shape: [batchSize, ...shape], data: Float32Array.from({ length: size }, () => random.uniform()) };
  const frames = { shape: [batchSize], data: new Int32Array(batchSize).fill(shape[0] ?? 1) };
  const files = { features: writeArray(folder, 'features', features), frames: writeArray(folder, 'frames', frames) };
  // Every class must be there, so that a file may stand for several utterances.
  const rows = Array.from({ length: Math.max(steps, classes.length) }, (_, index) => ({
    columns: { label: classes[index % classes.length] ?? '', speaker: `${index % 2}` },
    part: 'train',
    files,
    ...(steps < classes.length && { rows: sharedRows(batchSize * steps, classes.length, index, batchSize) }),
  }));
  const input = Object.keys(node.needs).find((name) => name !== node.type.parts?.input) ?? '';
  return { [input]: { kind: 'items', rows } };
}

/** The rows of one of `parts` utterances that together have `count` segments. */
function sharedRows(count: number, parts: number, index: number, limit: number): number[] {
  const [start, end] = [Math.floor((count * index) / parts), Math.floor((count * (index + 1)) / parts)];
  return Array.from({ length: Math.min(limit, end - start) }, (_, row) => row);
}

function writeArray(
  folder: string,
  name: string,
  array: { readonly shape: number[]; readonly data: Float32Array | Int32Array },
): FileReference {
  const path = join(folder, `${name}.npy`);
  const bytes = encodeArtifact('array', array);
  writeFileSync(path, bytes);
  const digest = createHash('sha256').update(bytes).digest('hex');
  return { path, digest: digest as Digest, type: 'array' };
}

function benchJob(engine: EngineCode, scratch: string, task: EngineTask): Job {
  const { name, code, threads, environment, folder } = engine;
  const { bundle, assets } = code;
  const library = folder === undefined ? {} : { library: folder };
  return engineJob({ name, bundle, assets, threads, environment, ...oneGpu(engine), ...library }, scratch, task);
}
