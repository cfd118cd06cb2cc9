import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { type ToyProject, createProject } from '../support/toy-project.ts';

export const demoFolder = join(packageRoot, 'demo/emodb/wav');

/** A recording of the demo by its name. */
export function demoFile(name: string): string {
  const path = join(demoFolder, `${name}.flac`);
  return existsSync(path) ? path : expect.fail(`the demo has no ${name}`);
}

/** A recogniser of two emotions that is trained for one epoch on two speakers of the demo, in a few seconds. */
export const tinyPipeline = `pipeline: tiny
data: { emodb: ${JSON.stringify(demoFolder)} }
params: { seeds: [1, 2], permuteLabels: none }
stages:
  corpus:
    uses: corpus/emodb
    with:
      root: "\${data.emodb}"
      classes: [anger, sadness]
      speakers: ["03", "08"]
      expect: { utterances: 16, speakers: 2 }
  audio: { uses: decode, needs: corpus }
  level: { uses: normalise, needs: audio }
  speech: { uses: vad, needs: level }
  segments: { uses: segment, needs: speech, with: { seconds: 1, overlapSeconds: 0.5 } }
  scalogram: { uses: scalogram, needs: segments, with: { scales: 8, strips: 2 } }
  split: { uses: split, needs: { items: corpus }, with: { protocol: leave-one-speaker-out, development: none } }
  model:
    uses: train
    needs: { features: scalogram, folds: split.folds }
    matrix: { fold: "\${split.folds}", seed: "\${params.seeds}" }
    with:
      classes: [anger, sadness]
      seed: "\${matrix.seed}"
      network: { depth: 3, filters: [2, 2, 2], kernels: [[3, 3], [3, 3], [3, 3]], pools: [[2, 2], [2, 2], [2, 2]], lstm: 3, dense: 3 }
      epochs: 1
      permuteLabels: "\${params.permuteLabels}"
    engine: wasm
  answers:
    uses: predict
    needs: { model: model, features: scalogram, folds: split.folds }
    matrix: same-as model
    engine: wasm
  scores:
    uses: evaluate
    needs: answers
    matrix: { seed: same-as model }
`;

/** A project in which the tiny pipeline has run. */
export async function createTinyRun(): Promise<ToyProject> {
  const project = createProject('pipe-predict-');
  project.write('pipeline.yaml', tinyPipeline);
  const { exitCode, stderr, stdout } = await project.pipe('run', 'pipeline.yaml', '--plain');
  expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
  return project;
}
