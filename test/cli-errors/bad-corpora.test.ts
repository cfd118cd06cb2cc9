import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSpeechProject, speechFile } from '../support/speech-project.ts';
import type { ToyProject } from '../support/toy-project.ts';
import { expectClearError } from './clear-error.ts';

let project: ToyProject;
beforeEach(() => {
  const names = ['a.wav', 'b.wav', 'c.wav', 'd.wav'];
  project = createSpeechProject(Object.fromEntries(names.map((name, place) => [name, speechFile(120 + place)])));
});
afterEach(() => project.remove());

const run = () => project.pipe('run', 'pipeline.yaml');

describe('a corpus with a fault is refused', () => {
  it.each<readonly [string, () => void, readonly (string | RegExp)[]]>([
    [
      'a typo in a label',
      () => project.edit('speech/list.csv', 'b.wav,02,anger', 'b.wav,02,angr'),
      ['speech/list.csv', 'label `angr`', 'did you mean `anger`', 'line 3'],
    ],
    [
      'a speaker and a file that are missing, both told',
      () => {
        project.edit('speech/list.csv', 'a.wav,01', 'a.wav,');
        rmSync(project.path('speech/c.wav'));
      },
      ['line 2 has no speaker', 'there is no file c.wav (line 4)'],
    ],
    [
      'fewer speakers than the pipeline expects',
      () => project.edit('pipeline.yaml', 'sadness]', 'sadness], expect: { utterances: 4, speakers: 3 }'),
      ['2 speakers instead of the 3'],
    ],
    [
      'semicolons',
      () => project.write('speech/list.csv', 'path;speaker;label\na.wav;01;anger\n'),
      ['separated by semicolons', 'Separate the columns by commas'],
    ],
    ['no list', () => rmSync(project.path('speech/list.csv')), ['there is no list', 'speech/list.csv']],
    [
      'a folder that is not there',
      () => project.edit('pipeline.yaml', 'speech: speech', 'speech: spech'),
      ['error[data-folder-not-found]', 'spech', 'yaml:2:'],
    ],
    [
      'files that cannot be read, all of them told',
      () => {
        for (const name of ['b.wav', 'c.wav', 'd.wav']) rmSync(project.path('speech', name));
        symlinkSync('nowhere', project.path('speech/b.wav'));
        mkdirSync(project.path('speech/c.wav'));
        symlinkSync('/proc/self/mem', project.path('speech/d.wav'));
      },
      ['3 files cannot be read', /b\.wav does not exist/, /c\.wav is not a file/, /d\.wav cannot be read \(EIO\)/],
    ],
  ])('%s', async (_, harm, says) => {
    harm();
    expectClearError(await run(), 3, ...says);
  });
});

describe('a published corpus', () => {
  it('with files missing and misnamed is refused by their names', async () => {
    project.write('emodb/03a01Fx.wav', speechFile());
    const outcome = await project.pipe(
      'run',
      `${import.meta.dirname}/../../pipelines/emodb.yaml`,
      '--data',
      'emodb=emodb',
    );
    expectClearError(outcome, 3, 'missing (339): 03a01Fa', 'misnamed (1): 03a01Fx.wav', 'speaker 16 has no utterance');
  });
});

describe('a file that changes while the run is on', () => {
  const meddle = `import { writeFileSync } from 'node:fs';
import { Type, defineStage } from 'pipe/stage';
export default defineStage({
  name: 'meddle', kind: 'map', description: 'Changes a file', params: Type.Object({ file: Type.String() }),
  columns: ['id'], inputs: { audio: 'file' }, outputs: { size: 'json' },
  run({ audio }, { file }) {
    writeFileSync(file, 'changed');
    return { size: audio.length };
  },
});
`;

  it('fails where it is read, and the next run takes it as it is then', async () => {
    project.write('stages/meddle.ts', meddle);
    const stage = `  size: { uses: meddle, needs: corpus, with: { file: "${project.path('speech/d.wav')}" } }\n`;
    project.edit('pipeline.yaml', '  audio:', `${stage}  audio:`);
    project.edit('pipeline.yaml', 'stages:', 'stageFolders: [stages]\nstages:');
    project.edit('pipeline.yaml', '  audio: { uses: decode, needs: corpus }\n', '');
    project.write('pipeline.yaml', project.read('pipeline.yaml').replace(/ {2}level:[^]*$/, ''));
    const first = await project.pipe('run', 'pipeline.yaml', '--jobs', '1');
    expectClearError(
      first,
      3,
      'error[source-changed]: size d.wav',
      'd.wav has changed since the run began',
      'Run again',
    );
    const second = await project.run('--jobs', '1');
    expect(second.exitCode).toBe(0);
    expect(second.ran).toEqual(['size d.wav']);
  });
});
