import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSpeechProject, speechFile, speechPipeline } from '../support/speech-project.ts';
import type { ToyProject } from '../support/toy-project.ts';
import { expectClearError } from './clear-error.ts';

let project: ToyProject;
beforeAll(async () => {
  project = createSpeechProject({ 'one.wav': speechFile(), 'two.wav': speechFile(150) });
  project.edit('speech/list.csv', '02,anger', '02,sadness');
  expect((await project.pipe('run', 'pipeline.yaml')).exitCode).toBe(0);
});
afterAll(() => project.remove());

const code = (fields: string, head = '') => `${head}import { Type, defineStage } from 'pipe/stage';
export default defineStage({ name: 'mine', kind: 'map', description: '', params: Type.Object({}), ${fields} });
`;
const takes = "inputs: { audio: 'waveform' }, outputs: { length: 'json' }";
const withRun = (body: string) => code(`${takes}, run({ audio }) { ${body} }`);

interface BadStage {
  readonly code: string;
  readonly exitCode: number;
  readonly says: readonly (string | RegExp)[];
}

const badStages: Readonly<Record<string, BadStage>> = {
  'a syntax error': {
    code: withRun('return {'),
    exitCode: 2,
    says: ['error[broken-code]', /mine\.ts:\d+:\d+: Expected/, 'yaml:9:'],
  },
  'a package that is not installed': {
    code: code(`${takes}, run: () => ({ length: far })`, "import far from 'far-away';\n"),
    exitCode: 2,
    says: ['error[broken-code]', /mine\.ts:1:\d+: Could not resolve "far-away"/],
  },
  'no default export': {
    code: 'export const stage = 1;',
    exitCode: 2,
    says: ['error[not-a-stage]', 'mine.ts', 'there is no default export'],
  },
  'a default export that is no stage': {
    code: 'export default null;',
    exitCode: 2,
    says: ['error[not-a-stage]', 'it is null', 'export default defineStage'],
  },
  'a declaration with gaps, all of them told': {
    code: "export default { name: 'mine', kind: 'map', params: {}, inputs: { audio: 'wave' }, outputs: { x: 'jsn' } };",
    exitCode: 2,
    says: [
      '`params` must be',
      '`run` must be a function',
      'the input `audio`',
      'the output `x` must be one of waveform',
    ],
  },
  'predictions in an output that is no JSON': {
    code: code("inputs: { audio: 'waveform' }, outputs: { length: 'array' }, predictions: 'length', run: () => ({})"),
    exitCode: 2,
    says: ['error[not-a-stage]', '`predictions` must name an output that is json'],
  },
  'the name of another': {
    code: withRun('return { length: 1 };').replace("'mine'", "'yours'"),
    exitCode: 2,
    says: ['error[misnamed-stage-type]', 'mine.ts', 'yours', "Write name: 'mine'"],
  },
  'work that fails when it is loaded': {
    code: code(`${takes}, run: () => ({ length: 1 })`, 'nowhere.near();\n'),
    exitCode: 2,
    says: ['error[broken-code]', 'fails when it is loaded', 'nowhere is not defined'],
  },
  'a run that throws': {
    code: withRun("throw new TypeError('on purpose');"),
    exitCode: 1,
    says: ['error[stage-threw]: extra one.wav: TypeError: on purpose', 'events.jsonl'],
  },
  'an output of a wrong type': {
    code: withRun("return { length: 'long' };").replace("length: 'json'", "length: 'array'"),
    exitCode: 1,
    says: ['error[wrong-output]: extra one.wav', "The output 'length' is not an array", 'a string'],
  },
  'an output that was not declared': {
    code: withRun('return { size: 1 };'),
    exitCode: 1,
    says: ['error[undeclared-output]: extra one.wav', "'size'", '(length)'],
  },
};

describe.concurrent('a stage file with a fault is told, with what to do', () => {
  it.each(Object.entries(badStages))('%s', async (name, bad) => {
    const place = Object.keys(badStages).indexOf(name);
    project.write(`stages-${place}/mine.ts`, bad.code);
    const extra = `  extra: { uses: mine, needs: voice }\nstageFolders: [stages-${place}]\n`;
    project.write(`pipeline-${place}.yaml`, speechPipeline.replace('pipeline: speech', `pipeline: p${place}`) + extra);
    const outcome = await project.pipe('run', `pipeline-${place}.yaml`, '--jobs', '1');
    expectClearError(outcome, bad.exitCode, ...bad.says);
    // What was there before is not made again.
    expect(outcome.stdout).not.toMatch(/^(audio|level|voice|segments): running/m);
  });
});

describe('an artifact that is to be the axis of a matrix', () => {
  const lister = (list: string) => `import { Type, defineStage } from 'pipe/stage';
export default defineStage({ name: 'lister', kind: 'reduce', description: '', params: Type.Object({}),
  inputs: { items: { items: null } }, outputs: { list: 'json' }, run: () => ({ list: ${list} }) });
`;
  const user = `import { Type, defineStage } from 'pipe/stage';
export default defineStage({ name: 'user', kind: 'reduce', description: '', params: Type.Object({ a: Type.String() }),
  inputs: { items: { items: null } }, outputs: { one: 'json' }, run: () => ({ one: 1 }) });
`;
  const stages = `  axis: { uses: lister, needs: corpus }
  more: { uses: user, needs: corpus, matrix: { a: "\${axis.list}" }, with: { a: "\${matrix.a}" } }
stageFolders: [axis]
`;

  it.each([
    ['{ a: 1 }', 'it is an object'],
    ['[]', 'it is an empty list'],
    ["['x', [1]]", 'it is a list whose entry 2 is [1]'],
    ["['x', 'x']", 'it is a list with "x" in it twice'],
  ])('%s is refused at its place in the YAML', async (list, says) => {
    project.write('axis/lister.ts', lister(list));
    project.write('axis/user.ts', user);
    project.write('axis.yaml', speechPipeline.replace('pipeline: speech', 'pipeline: axis') + stages);
    const outcome = await project.pipe('run', 'axis.yaml');
    expectClearError(outcome, 1, 'error[bad-matrix-artifact]', '`a` of more', says, 'axis.yaml:10:');
  });
});
