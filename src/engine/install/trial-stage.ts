import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Engine, type StageContext, Type, defineStage } from '../../stage/index.ts';
import { deviceInUse, nvidiaGpus } from '../tensorflow/device.ts';
import type { TensorflowEngine } from '../tensorflow/engine.ts';
import type { LstmKind } from '../tensorflow/lstm-of.ts';
import { createReferenceStep } from './reference-step.ts';

/** What an engine did in a process of its own. */
export type TrialReport = {
  /** Library and version, where it says one itself. */
  readonly library: string;
  readonly device: string;
  readonly gpus: number;
  /** Of tensorflow on a GPU, as in its note. */
  readonly lstm?: LstmKind;
  readonly lstmFault?: string;
  /** Of the first step. */
  readonly loss: number;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  /** Of each further step. */
  readonly stepSeconds: readonly number[];
};

/**
 * Tries an engine as a run would use it: a task like any other, so that a crash or a hang of the engine's library ends this
 * process alone and is told as that of a task is. Not in `stages/`, because no pipeline uses it.
 */
export default defineStage({
  name: 'engine-trial',
  kind: 'reduce',
  description: 'Tries an engine with known numbers and times the kernels of a training step.',
  params: Type.Object({
    steps: Type.Integer({ minimum: 1, description: 'Steps that are timed at most, after the first.' }),
    seconds: Type.Number({ description: 'After so many no further step is begun.' }),
    bundle: Type.String({ description: "The engine's module." }),
    library: Type.String({ description: 'Folder of its library; empty for none.' }),
  }),
  inputs: {},
  outputs: { report: 'json' },
  engine: true,
  isolate: 'process',
  async run(_inputs, { bundle, library, ...limits }, context) {
    await checkKnownNumbers(context.engine);
    const measured = await measure(context, limits);
    const identity = await identify(context.engine, bundle, library);
    return { report: { ...identity, ...measured } };
  },
});

/** [[1, 2, 3], [4, 5, 6]] times [[1, -1], [0, 2], [3, 1]], plus [10, 20]. */
async function checkKnownNumbers(engine: Engine): Promise<void> {
  const x = engine.tensor([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
  const weights = engine.tensor([3, 2], Float32Array.of(1, -1, 0, 2, 3, 1));
  const { output } = engine.dense(x, weights, engine.tensor([2], Float32Array.of(10, 20)));
  const found = Array.from(await engine.read(output));
  const expected = [20, 26, 32, 32];
  if (found.length !== 4 || found.some((value, index) => value !== expected[index]))
    throw new Error(`a product that must be ${expected.join(', ')} came out as ${found.join(', ')}`);
}

async function measure(
  { engine, random }: StageContext,
  { steps, seconds }: { readonly steps: number; readonly seconds: number },
) {
  const step = createReferenceStep(engine, random('trial'));
  const { loss, gradients } = await step.run();
  const stepSeconds: number[] = [];
  const began = performance.now();
  while (stepSeconds.length < steps && (stepSeconds.length === 0 || performance.now() - began < seconds * 1000)) {
    const start = performance.now();
    await step.run();
    stepSeconds.push((performance.now() - start) / 1000);
  }
  const lists = Object.entries(gradients).map(([name, values]) => [name, Array.from(values)] as const);
  return { loss, gradients: Object.fromEntries(lists), stepSeconds };
}

type Identity = Pick<TrialReport, 'library' | 'device' | 'gpus' | 'lstm' | 'lstmFault'>;

async function identify(engine: Engine, bundle: string, library: string): Promise<Identity> {
  if (engine.name === 'tensorflow') return identifyTensorflow(engine as TensorflowEngine, library);
  if (engine.name === 'webgpu') return identifyWebgpu(bundle);
  return { library: '', device: 'CPU', gpus: 0 };
}

/** By the binding itself; what it opens for that goes with this process. */
function identifyTensorflow({ lstm }: TensorflowEngine, folder: string): Identity {
  const path = join(folder, 'tfjs_binding.node');
  const binding = createRequire(path)(path) as { readonly TF_Version: string; isUsingGpuDevice(): boolean };
  const device = deviceInUse(binding.isUsingGpuDevice(), nvidiaGpus(), process.env.CUDA_VISIBLE_DEVICES);
  const chosen = { lstm: lstm.kind, ...(lstm.fault !== undefined && { lstmFault: lstm.fault }) };
  return { library: `libtensorflow ${binding.TF_Version}`, ...device, ...(device.gpus > 0 && chosen) };
}

async function identifyWebgpu(bundle: string): Promise<Identity> {
  const module = (await import(pathToFileURL(bundle).href)) as {
    describeDevice?: () => Promise<{ readonly device: string; readonly software: boolean }>;
  };
  const { device, software } = (await module.describeDevice?.()) ?? { device: 'GPU', software: false };
  return { library: '', device, gpus: software ? 0 : 1 };
}
