import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRig, type Rig } from './load.ts';

let rig: Rig;
beforeAll(async () => (rig = await createRig()));
afterAll(() => rig.remove());

/** Eight lines that are right, to which each case adds. */
const base = `pipeline: demo
data: { emodb: corpus }
stages:
  corpus: { uses: corpus/emodb, with: { root: "\${data.emodb}" } }
  audio: { uses: decode, needs: corpus }
  segments: { uses: segment, needs: audio }
  scalogram: { uses: scalogram, needs: segments }
  split: { uses: split, needs: corpus }
`;
const model = `  model:
    uses: train
    needs: { features: scalogram, folds: split }
    matrix: { fold: "\${split.folds}" }
`;

type Case = readonly [what: string, text: string, faults: readonly string[]];

async function expectFaults(text: string, faults: readonly string[]): Promise<void> {
  expect((await rig.faults(text)).join('\n')).toBe(faults.join('\n'));
}

test('the cases start from pipelines that are right', async () => {
  await expectFaults(base, []);
  await expectFaults(base + model, []);
});

describe('YAML', () => {
  const cases: readonly Case[] = [
    ['an empty file', '', ['not-a-mapping 1:1']],
    ['a list', '- pipeline: demo\n', ['not-a-mapping 1:1 - pipeline: demo']],
    ['a word', 'demo', ['not-a-mapping 1:1 demo']],
    ['a tab as indentation', 'pipeline: demo\nstages:\n\tcorpus: { uses: x }\n', ['tab-indentation 3:1 \t']],
    ['a tab after spaces', 'pipeline: demo\nstages:\n  a:\n  \tuses: x\n', ['tab-indentation 4:3 \t']],
    ['a tab in a flow mapping', 'pipeline: demo\nstages: {\n\ta: { uses: x } }\n', ['tab-indentation 3:1 \t']],
    ['an unclosed quote', 'pipeline: "demo\nstages: {}\n', ['yaml-syntax 3:1']],
    ['an unclosed bracket', 'pipeline: [demo\nstages: 1\n', ['yaml-syntax 2:1 s']],
    ['a key in a value', 'pipeline: a: b\n', ['yaml-syntax 1:11 a']],
    ['uneven indentation', 'a:\n   b: 1\n  c: 2\n', ['yaml-syntax 3:3 c']],
    ['a custom tag', 'pipeline: !name demo\n', ['yaml-syntax 1:11 !name']],
    ['two documents', 'pipeline: demo\n---\npipeline: other\n', ['several-documents 2:1 ---']],
    ['an alias of nothing', 'pipeline: *demo\n', ['unknown-anchor 1:11 *demo']],
    ['an alias of itself', 'pipeline: &a [*a]\n', ['unknown-anchor 1:15 *a']],
    ['a key twice', 'pipeline: demo\npipeline: other\n', ['duplicate-key 2:1 pipeline']],
    ['a merge key', 'pipeline: demo\n<<: 1\n', ['bad-key 2:1 <<']],
    ['a list as a key', 'pipeline: demo\n[a]: 1\n', ['bad-key 2:1 [a]']],
    ['a key that means something to JavaScript', 'pipeline: demo\n__proto__: 1\n', ['bad-key 2:1 __proto__']],
    ['an infinite number', 'params: { a: .inf }\n', ['bad-number 1:14 .inf']],
    ['a number beyond 53 bits', 'params: { a: 9007199254740993 }\n', ['bad-number 1:14 9007199254740993']],
    ['a speaker that would become a number', 'params: { speaker: 03 }\n', ['leading-zero 1:20 03']],
  ];
  test.for(cases)('%s', async ([, text, faults]) => {
    const found = await rig.faults(text);
    expect(found.filter((fault) => !fault.startsWith('missing-key')).join('\n')).toBe(faults.join('\n'));
  });

  test('values nested a thousand times', async () => {
    await expectFaults(`a: ${'['.repeat(1000)}`, ['too-deep 1:68 [']);
  });

  test('half a megabyte of brackets', async () => {
    await expectFaults('['.repeat(500_000), ['too-deep 1:65 [']);
    await expectFaults('}'.repeat(500_000), ['yaml-syntax 1:1 }']);
  });

  test('a bomb of aliases', async () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `  a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(', ')}]\n`,
    );
    const faults = await rig.faults(`${base}params:\n  a0: &a0 [x]\n${levels.join('')}`);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^alias-bomb 15:/);
  });

  test('a bomb of references', async () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `  a${level + 1}: [${Array(9).fill(`"\${params.a${level}}"`).join(', ')}]\n`,
    );
    const faults = await rig.faults(`${base}params:\n  a0: [x]\n${levels.join('')}`);
    expect(new Set(faults.map((fault) => fault.split(' ')[0]))).toEqual(new Set(['too-large']));
  });
});

describe('structure', () => {
  const cases: readonly Case[] = [
    ['a missing name', 'stages: { a: { uses: decode } }\n', ['missing-key 1:1', 'missing-input 1:11 a']],
    ['no stages', 'pipeline: demo\nstages: {}\n', ['wrong-type 2:9 {}']],
    ['a misspelt key', `${base}stagse: {}\n`, ['unknown-key 9:1 stagse']],
    [
      'a misspelt key of a stage',
      `${base}  x: { uses: decode, nedds: corpus }\n`,
      ['missing-input 9:3 x', 'unknown-key 9:22 nedds'],
    ],
    [
      'a parameter beside `with`',
      `${base}  x: { uses: decode, needs: corpus, sampleRate: 8000 }\n`,
      ['unknown-key 9:37 sampleRate'],
    ],
    ['a stage that is a word', `${base}  x: decode\n`, ['wrong-type 9:6 decode']],
    ['a stage without a type', `${base}  x: { needs: corpus }\n`, ['missing-key 9:3 x']],
    ['a list of needs', `${base}  x: { uses: decode, needs: [corpus] }\n`, ['wrong-type 9:29 [corpus]']],
    ['a name with a capital', `${base}  Audio: { uses: decode, needs: corpus }\n`, ['bad-name 9:3 Audio']],
    ['a name with a dot', `${base}  a.b: { uses: decode, needs: corpus }\n`, ['bad-name 9:3 a.b']],
    ['a name that references use', `${base}  params: { uses: decode, needs: corpus }\n`, ['reserved-name 9:3 params']],
    ['a timeout in words', `${base}  x: { uses: decode, needs: corpus, timeout: 5s }\n`, ['wrong-type 9:46 5s']],
    [
      'a timeout of 30 days',
      `${base}  x: { uses: decode, needs: corpus, timeout: 2592000 }\n`,
      ['wrong-type 9:46 2592000'],
    ],
    ['half a retry', `${base}  x: { uses: decode, needs: corpus, retries: 0.5 }\n`, ['wrong-type 9:46 0.5']],
    [
      'an unknown engine',
      `${base}  x: { uses: decode, needs: corpus, engine: wsam }\n`,
      ['engine-not-used 9:37 engine', 'wrong-type 9:45 wsam'],
    ],
    [
      'an engine for a stage without',
      `${base}  x: { uses: decode, needs: corpus, engine: wasm }\n`,
      ['engine-not-used 9:37 engine'],
    ],
    [
      'threads for a stage without an engine',
      `${base}  x: { uses: decode, needs: corpus, threads: 2 }\n`,
      ['engine-not-used 9:37 threads'],
    ],
    [
      'half a thread',
      `${base}  x: { uses: decode, needs: corpus, threads: 0.5 }\n`,
      ['engine-not-used 9:37 threads', 'wrong-type 9:46 0.5'],
    ],
    [
      'an axis of mappings',
      `${base}${model}      \n`.replace('}" }\n', '}", seed: [{ a: 1 }] }\n'),
      ['wrong-type 12:46 { a: 1 }'],
    ],
    [
      'an axis that is a number',
      `${base}${model}`.replace('}" }\n  split', '').replace('folds}" }', 'folds}", seed: 3 }'),
      ['wrong-type 12:45 3'],
    ],
    ['a folder of stage types that is not there', `${base}stageFolders: [mine]\n`, ['stage-folder-missing 9:16 mine']],
  ];
  test.for(cases)('%s', ([, text, faults]) => expectFaults(text, faults));
});

describe('references', () => {
  const withParams = (params: string) => `${base}params: ${params}\n`;
  const using = (root: string, rest = '') => base.replace('"${data.emodb}"', root) + rest;
  const cases: readonly Case[] = [
    [
      'an unknown parameter',
      using('"${params.rot}"', 'params: { root: x }\n'),
      ['unknown-reference 4:48 ${params.rot}'],
    ],
    [
      'a parameter below a text',
      using('"${params.root.x}"', 'params: { root: x }\n'),
      ['unknown-reference 4:48 ${params.root.x}'],
    ],
    ['an unknown kind of reference', using('"a ${param.root}"'), ['unknown-reference 4:50 ${param.root}']],
    ['an unclosed reference', using('"${data.emodb"'), ['bad-reference 4:48 ${data.emodb']],
    ['an empty reference', using('"${}"'), ['bad-reference 4:48 ${}']],
    ['spaces in a reference', using('"${ data.emodb }"'), ['bad-reference 4:48 ${ data.emodb }']],
    ['an unknown data folder', using('"${data.emodbb}"'), ['unknown-reference 4:48 ${data.emodbb}']],
    ['an axis that the stage has not', using('"${matrix.seed}"'), ['unknown-reference 4:48 ${matrix.seed}']],
    ['an output as a parameter', using('"${split.folds}"'), ['reference-not-allowed 4:48 ${split.folds}']],
    ['a file of a command elsewhere', using('"${inputs.audio}"'), ['reference-not-allowed 4:48 ${inputs.audio}']],
    ['a list within a text', using('"a ${params.list}"', 'params: { list: [1] }\n'), ['not-text 4:50 ${params.list}']],
    [
      'the second of two equal references',
      using('"$${data.emodb} ${data.emodb} ${data.emodb.x}"'),
      ['unknown-reference 4:76 ${data.emodb.x}'],
    ],
    [
      'data outside a source',
      `${base}  x: { uses: segment, needs: audio, with: { seconds: "\${data.emodb}" } }\n`,
      ['data-outside-source 9:55 ${data.emodb}'],
    ],
    ['data in params', withParams('{ a: "${data.emodb}" }'), ['reference-not-allowed 9:15 ${data.emodb}']],
    ['a parameter that refers to itself', withParams('{ a: "${params.a}" }'), ['parameter-cycle 9:15 ${params.a}']],
    [
      'parameters in a circle',
      withParams('{ a: "${params.b}", b: "x${params.c}", c: ["${params.a}"] }'),
      ['parameter-cycle 9:53 ${params.a}'],
    ],
    ['a parameter within itself', withParams('{ a: { b: "${params.a}" } }'), ['parameter-cycle 9:20 ${params.a}']],
    [
      'a parameter that nothing uses',
      withParams('{ depth: 3, network: { filters: 8 } }'),
      ['unused-param 9:18 3', 'unused-param 9:30 { filters: 8 }'],
    ],
  ];
  test.for(cases)('%s', ([, text, faults]) => expectFaults(text, faults));
});

describe('stages and their inputs', () => {
  const cases: readonly Case[] = [
    ['an unknown stage type', `${base}  x: { uses: decoed, needs: corpus }\n`, ['unknown-stage-type 9:14 decoed']],
    ['an unknown stage', `${base}  x: { uses: decode, needs: corpsu }\n`, ['unknown-stage 9:29 corpsu']],
    ['an unknown output', `${base}  x: { uses: decode, needs: corpus.adio }\n`, ['unknown-output 9:29 corpus.adio']],
    [
      'an output of an output',
      `${base}  x: { uses: decode, needs: corpus.audio.x }\n`,
      ['unknown-output 9:29 corpus.audio.x'],
    ],
    ['another artifact', `${base}  x: { uses: segment, needs: corpus }\n`, ['wrong-artifact 9:30 corpus']],
    [
      'another artifact by name',
      `${base}  x: { uses: segment, needs: segments.timing }\n`,
      ['wrong-artifact 9:30 segments.timing'],
    ],
    ['lacking outputs', `${base}  x: { uses: scalogram, needs: audio }\n`, ['wrong-artifact 9:32 audio']],
    [
      'one output where several are taken',
      `${base}  x: { uses: scalogram, needs: segments.timing }\n`,
      ['unexpected-output 9:32 segments.timing'],
    ],
    [
      'several outputs that fit',
      `${base}${model}  x: { uses: evaluate, needs: split }\n`,
      ['ambiguous-output 13:31 split'],
    ],
    ['a missing input', `${base}${model}`.replace(', folds: split', ''), ['missing-input 11:5 needs']],
    ['no needs at all', `${base}  x: { uses: decode }\n`, ['missing-input 9:3 x']],
    [
      'an unknown input',
      `${base}${model}`.replace('folds: split', 'folds: split, fold: split'),
      ['unknown-input 11:49 fold'],
    ],
    ['an unnamed input of several', `${base}  x: { uses: train, needs: split }\n`, ['unnamed-input 9:28 split']],
    [
      'a source with needs',
      `${base}  x: { uses: corpus/emodb, with: { root: a }, needs: corpus }\n`,
      ['source-with-needs 9:47 needs'],
    ],
    [
      'a source with a matrix',
      `${base}  x: { uses: corpus/emodb, with: { root: a }, matrix: { seed: [1] } }\n`,
      ['source-with-matrix 9:55 { seed: [1] }'],
    ],
    ['items of a stage without', `${base}  x: { uses: split, needs: split }\n`, ['no-items 9:28 split']],
    [
      'one for each item where one is taken',
      `${base}  x: { uses: evaluate, needs: segments }\n`,
      ['one-expected 9:31 segments'],
    ],
    [
      'a stage that needs itself',
      `${base}  x: { uses: decode, needs: x }\n`,
      ['stage-cycle 9:22 needs', 'wrong-artifact 9:29 x'],
    ],
    [
      'stages that need each other',
      `${base}  x: { uses: evaluate, needs: y.scores }\n  y: { uses: evaluate, needs: x.scores }\n`,
      ['stage-cycle 9:24 needs'],
    ],
    [
      'items of two sources',
      `${base}  other: { uses: corpus/emodb, with: { root: a } }
  x:
    uses: command
    needs: { a: corpus, b: other }
    with: { command: [cat, "\${inputs.a}", "\${inputs.b}", "\${outputs.c}"], inputs: { a: file, b: file }, outputs: { c: file } }
`,
      ['mixed-sources 12:12 { a: corpus, b: other }'],
    ],
  ];
  test.for(cases)('%s', ([, text, faults]) => expectFaults(text, faults));
});

describe('matrix', () => {
  const axis = (text: string) => base + model.replace('"${split.folds}"', text);
  const seeds = (text: string) =>
    base + model.replace('folds}" }', `folds}", seed: ${text} }\n    with: { seed: "\${matrix.seed}" }`);
  const cases: readonly Case[] = [
    ['no values', seeds('[]'), ['empty-matrix 12:45 []']],
    ['the same value twice', seeds('[1, 2, 1]'), ['duplicate-value 12:52 1']],
    ['a number and the same text', seeds('[1, "1"]'), ['duplicate-value 12:49 "1"']],
    ['an empty entry', seeds('[1, ~]'), ['wrong-type 12:49 ~']],
    [
      'an axis that nothing uses',
      base + model.replace('folds}" }', 'folds}", seed: [1, 2] }'),
      ['unused-axis 12:39 seed'],
    ],
    ['no axis for the parts', base + model.replace(/ {4}matrix.*\n/, ''), ['missing-axis 9:3 model']],
    [
      'another axis than that of the parts',
      axis('x').replace('fold: x', 'speaker: "${split.folds}"'),
      ['missing-axis 12:5 matrix', 'unused-axis 12:15 speaker'],
    ],
    ['folds of another output', axis('"${split.protocol}"'), ['axis-mismatch 12:21 "${split.protocol}"']],
    ['an axis of an unknown stage', axis('"${spilt.folds}"'), ['unknown-reference 12:22 ${spilt.folds}']],
    ['an axis of an unknown output', axis('"${split.flods}"'), ['unknown-output 12:22 ${split.flods}']],
    ['an axis of a whole stage', axis('"${split}"'), ['unknown-output 12:22 ${split}']],
    ['an axis of a map stage', axis('"${segments.timing}"'), ['axis-not-json 12:22 ${segments.timing}']],
    ['an axis of an array', axis('"${segments.segments}"'), ['axis-not-json 12:22 ${segments.segments}']],
    [
      'an axis of a number',
      axis('"${params.depth}"') + 'params: { depth: 3 }\n',
      ['wrong-type 12:21 "${params.depth}"'],
    ],
    [
      'an axis of a text',
      axis('"a${params.depth}"') + 'params: { depth: 3 }\n',
      ['wrong-type 12:21 "a${params.depth}"'],
    ],
    ['the axis of a stage that is not there', axis('same-as modell'), ['unknown-stage 12:21 same-as modell']],
    ['the axis of a stage without it', axis('same-as audio'), ['unknown-axis 12:21 same-as audio']],
    [
      'the matrix of a stage without',
      base + model.replace('{ fold: "${split.folds}" }', 'same-as audio'),
      ['unknown-axis 12:13 same-as audio'],
    ],
    [
      'the matrix of itself',
      base + model.replace('{ fold: "${split.folds}" }', 'same-as model'),
      ['same-as-cycle 12:13 same-as model'],
    ],
    [
      'an axis of a stage with a matrix',
      base +
        model.replace('split }', 'folds }').replace('split.folds', 'folds.folds') +
        '  folds: { uses: split, needs: corpus, matrix: { seed: [1, 2] }, with: { protocol: "k${matrix.seed}" } }\n',
      ['several-points 11:42 folds', 'axis-from-matrix 12:21 "${folds.folds}"'],
    ],
    [
      'results at several points where one is taken',
      `${base}${model}  x: { uses: predict, needs: { model: model, features: scalogram, folds: split }, matrix: { fold: ["03"] } }
  y: { uses: predict, needs: { model: model, features: scalogram, folds: split } }
`,
      ['missing-axis 14:3 y', 'several-points 14:39 model'],
    ],
    [
      'seeds that the model was not trained with',
      `${seeds('[1, 2]')}  x: { uses: evaluate, needs: answers, matrix: { seed: [2, 3] } }
  answers: { uses: predict, needs: { model: model, features: scalogram, folds: split }, matrix: same-as model }
`,
      ['no-agreeing-point 14:31 answers'],
    ],
  ];
  test.for(cases)('%s', ([, text, faults]) => expectFaults(text, faults));
});

describe('parameters', () => {
  const scalogram = (text: string) => base.replace('needs: segments }', `needs: segments, with: ${text} }`);
  const cases: readonly Case[] = [
    ['a misspelt parameter', scalogram('{ scaels: 64 }'), ['unknown-parameter 7:58 scaels']],
    ['a text for a number', scalogram('{ scales: "64" }'), ['invalid-parameter 7:66 "64"']],
    ['a number out of range', scalogram('{ scales: 1 }'), ['invalid-parameter 7:66 1']],
    ['a word that is no choice', scalogram('{ wavelet: morlte }'), ['invalid-parameter 7:67 morlte']],
    ['a missing parameter', base.replace(', with: { root: "${data.emodb}" }', ''), ['missing-parameter 4:3 corpus']],
    [
      'a wrong value by way of params',
      `${scalogram('{ scales: "${params.scales}" }')}params: { scales: many }\n`,
      ['invalid-parameter 9:19 many'],
    ],
    [
      'a wrong value of an axis',
      base + model.replace('folds}" }', 'folds}", seed: [1, x] }\n    with: { seed: "${matrix.seed}" }'),
      ['invalid-parameter 12:45 [1, x]'],
    ],
    [
      'a wrong kind of a union',
      `${base}${model}    with: { optimiser: { kind: adm, rate: 1 } }\n`,
      ['invalid-parameter 13:32 adm'],
    ],
    [
      'a wrong value in a union',
      `${base}${model}    with: { optimiser: { kind: sgd, rate: x, momentum: 1 } }\n`,
      ['invalid-parameter 13:43 x'],
    ],
    [
      'a missing value in a union',
      `${base}${model}    with: { optimiser: { kind: sgd, rate: 1 } }\n`,
      ['missing-parameter 13:13 optimiser'],
    ],
    [
      'a wrong value beside one that is not known yet',
      `${base}${model}    with: { fold: "\${matrix.fold}", depth: 9 }\n`,
      ['invalid-parameter 13:44 9'],
    ],
    [
      'a wrong entry of a list',
      `${base}${model}    with: { network: { filters: [8, a] } }\n`,
      ['invalid-parameter 13:37 a'],
    ],
  ];
  test.for(cases)('%s', ([, text, faults]) => expectFaults(text, faults));
});

test('all of it is told at once', async () => {
  const text = `pipeline: Demo
stagse: 1
params: { scales: 03 }
stages:
  corpus: { uses: corpus/emodb, with: { root: "\${data.emodb}" } }
  audio: { uses: decoed, needs: corpsu }
  scalogram: { uses: scalogram, needs: audio, with: { scaels: 4 } }
`;
  await expectFaults(text, [
    'wrong-type 1:11 Demo',
    'unknown-key 2:1 stagse',
    'leading-zero 3:19 03',
    'unknown-reference 5:48 ${data.emodb}',
    'unknown-stage-type 6:18 decoed',
    'unknown-stage 6:33 corpsu',
    'unknown-parameter 7:55 scaels',
  ]);
});

test('of thousands of faults the first hundred are told', async () => {
  const stages = Array.from({ length: 3000 }, (_, index) => `  s${index}: { uses: decode, needs: t${index} }\n`);
  const faults = await rig.faults(base + stages.join(''));
  expect(faults).toHaveLength(101);
  expect(faults[0]).toBe('unknown-stage 9:30 t0');
  expect(faults.at(-1)).toBe('more-errors');
});
