import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { createTinyRun } from '../predict/tiny-run.ts';
import type { ToyProject } from '../support/toy-project.ts';

let project: ToyProject;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pipe-python-'));
  project = await createTinyRun();
});
afterAll(() => {
  project.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** The first Python that has numpy: Debian's may not be the first one on the path. */
function pythonWithNumpy(): string {
  const found = ['python3', '/usr/bin/python3'].find((program) => {
    try {
      execFileSync(program, ['-c', 'import numpy'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
  return found ?? expect.fail('no Python with numpy is here: install python3-numpy');
}

/** The Python program that docs/predict.md shows. */
function documentedProgram(): string {
  const text = readFileSync(join(packageRoot, 'docs/predict.md'), 'utf8');
  const [, program] = /```python\n(.*?)```/s.exec(text) ?? [];
  return program ?? expect.fail('docs/predict.md shows no Python program');
}

/** `pipe show --json` of a task: the paths of its outputs. */
async function pathsOf(...task: string[]): Promise<Record<string, string>> {
  const { stdout } = await project.pipe('show', 'last', ...task, '--json');
  const { outputs } = JSON.parse(stdout) as { outputs: { name: string; path: string }[] };
  return Object.fromEntries(outputs.map(({ name, path }) => [name, path]));
}

it('Python reads weights and features with numpy, by the program in the documentation', async () => {
  const model = await pathsOf('model', 'fold=03', 'seed=1');
  const features = await pathsOf('scalogram', '03a01Wa');
  const check = `
import sys
weights, description = load_safetensors(sys.argv[1])
features, frames = numpy.load(sys.argv[2]), numpy.load(sys.argv[3])
print(json.dumps({
    "classes": description["classes"],
    "input": description["input"],
    "weights": {name: [str(array.dtype), list(array.shape), bool(numpy.isfinite(array).all())] for name, array in weights.items()},
    "deviation": float(weights["scaling.deviation"].min()),
    "features": [str(features.dtype), list(features.shape), float(features.sum())],
    "frames": [str(frames.dtype), frames.tolist()],
}))`;
  const program = join(folder, 'read.py');
  writeFileSync(program, documentedProgram() + check);
  const files = [model.model, features.features, features.frames].map(String);
  const found = JSON.parse(execFileSync(pythonWithNumpy(), [program, ...files], { encoding: 'utf8' })) as {
    classes: string[];
    input: number[];
    weights: Record<string, [string, number[], boolean]>;
    deviation: number;
    features: [string, number[], number];
    frames: [string, number[]];
  };
  expect(found.classes).toEqual(['anger', 'sadness']);
  expect(found.weights['weights.output.weights']).toEqual(['float32', [3, 2], true]);
  expect(found.weights['weights.block1.filter']).toEqual(['float32', [3, 3, 2, 2], true]);
  expect(Object.values(found.weights).every(([type, , finite]) => type === 'float32' && finite)).toBe(true);
  expect(found.deviation).toBeGreaterThan(0);
  const [segments = 0, ...shape] = found.features[1];
  expect([found.features[0], shape]).toEqual(['float32', found.input]);
  expect(found.features[2]).not.toBe(0);
  expect(found.frames[0]).toBe('int32');
  expect(found.frames[1]).toHaveLength(segments);
});
