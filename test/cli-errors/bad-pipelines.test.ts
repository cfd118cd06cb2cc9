import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSpeechProject, speechFile, speechPipeline } from '../support/speech-project.ts';
import type { ToyProject } from '../support/toy-project.ts';
import { expectClearError } from './clear-error.ts';

let project: ToyProject;
beforeAll(() => {
  project = createSpeechProject({ 'one.wav': speechFile(), 'two.wav': speechFile(150) });
  project.edit('speech/list.csv', '02,anger', '02,sadness');
});
afterAll(() => project.remove());

const bomb = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name, place, names) =>
  place === 0
    ? 'a: &a [x, x, x, x, x, x, x, x, x]'
    : `${name}: &${name} [${Array<string>(9)
        .fill(`*${names[place - 1] ?? ''}`)
        .join(', ')}]`,
);

interface Fault {
  readonly from: string;
  readonly to: string;
  readonly says: readonly (string | RegExp)[];
}

const faults: Readonly<Record<string, Fault>> = {
  'an unknown parameter': {
    from: 'with: { seconds',
    to: 'with: { second',
    says: ['error[unknown-parameter]', 'yaml:8:', 'Did you mean `seconds`?'],
  },
  'an unknown key': {
    from: 'needs: audio',
    to: 'need: audio',
    says: ['error[unknown-key]', 'yaml:6:', 'Did you mean `needs`?'],
  },
  'a wrong type': {
    from: 'seconds: 0.3',
    to: 'seconds: "0.3 s"',
    says: ['error[invalid-parameter]', 'yaml:8:', 'must be a number above 0, not the text "0.3 s"'],
  },
  'a cycle': {
    from: 'needs: corpus }',
    to: 'needs: level }',
    says: ['error[stage-cycle]', 'yaml:5:', 'audio -> level -> audio'],
  },
  'an unknown stage type': { from: 'uses: vad', to: 'uses: vod', says: ['error[unknown-stage-type]', 'mean `vad`?'] },
  'an unknown stage': { from: 'needs: level', to: 'needs: levle', says: ['error[unknown-stage]', 'mean `level`?'] },
  'a bad reference': {
    from: '${data.speech}',
    to: '${data.speach}',
    says: ['error[unknown-reference]', 'yaml:4:', 'mean `speech`?'],
  },
  'a key twice': { from: '  voice:', to: '  level:', says: ['error[duplicate-key]', 'yaml:7:3', '`level`'] },
  'a tab': { from: '  voice:', to: '\tvoice:', says: ['error[tab-indentation]', 'yaml:7:1', 'Use spaces'] },
  'a file of 10 MB': {
    from: 'stages:',
    to: `# ${'x'.repeat(10_000_000)}\nstages:`,
    says: ['error[spec-too-large]', 'at most 1 MB is read'],
  },
  'an alias bomb': {
    from: 'stages:',
    to: `params:\n  ${bomb.join('\n  ')}\nstages:`,
    says: ['error[alias-bomb]', /pipeline-\w+\.yaml:\d+:\d+/],
  },
};

const options: Readonly<Record<string, { words: readonly string[]; exitCode: number; says: readonly string[] }>> = {
  '--set of a path that is not there': {
    words: ['--set', 'stages.voice.with.floorMargn=3'],
    exitCode: 2,
    says: ['error[unknown-parameter]', '--set stages.voice.with.floorMargn=3', 'mean `floorMargin`?'],
  },
  '--set of a wrong value': {
    words: ['--set', 'stages.voice.with.floorMargin=loud'],
    exitCode: 2,
    says: ['error[invalid-parameter]', 'must be a number of at least 0, not the text "loud"'],
  },
  '--data with an unknown name': {
    words: ['--data', 'speach=.'],
    exitCode: 2,
    says: ['error[unknown-data]', 'mean `speech`?'],
  },
  '--data with a folder that is not there': {
    words: ['--data', 'speech=nowhere'],
    exitCode: 3,
    says: ['error[data-folder-not-found]', 'nowhere', '--data speech=DIR'],
  },
  '--target of an unknown stage': {
    words: ['--target', 'vioce'],
    exitCode: 2,
    says: ['error[unknown-stage]', 'mean `voice`?'],
  },
};

describe.concurrent('a pipeline with a fault is refused, with its place and advice', () => {
  it.each(Object.entries(faults))('%s', async (name, { from, to, says }) => {
    const file = `pipeline-${Object.keys(faults).indexOf(name)}.yaml`;
    expect(speechPipeline).toContain(from);
    project.write(
      file,
      speechPipeline.replace(from, () => to),
    );
    expectClearError(await project.pipe('run', file), 2, file, ...says);
  });

  it.each(Object.entries(options))('%s', async (_, { words, exitCode, says }) => {
    expectClearError(await project.pipe('run', 'pipeline.yaml', ...words), exitCode, ...says);
  });

  it('all faults of a file in one go', async () => {
    const two = speechPipeline.replace('uses: vad', 'uses: vod').replace('seconds: 0.3', 'seconds: -1');
    project.write('two-faults.yaml', two);
    expectClearError(await project.pipe('run', 'two-faults.yaml'), 2, '`vod`', 'must be a number above 0', '2 errors');
  });
});

describe('two pipelines of one name', () => {
  it('are told apart before their runs get mixed', async () => {
    expect((await project.pipe('run', 'pipeline.yaml')).exitCode).toBe(0);
    project.write('other.yaml', speechPipeline);
    const outcome = await project.pipe('run', 'other.yaml');
    expectClearError(outcome, 2, 'error[duplicate-pipeline-name]', 'other.yaml and ', "both called 'speech'");
  });
});
