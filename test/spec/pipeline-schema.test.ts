import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { beforeAll, describe, expect, test } from 'vitest';
import { pipelineSchema } from '../../src/spec/index.ts';
import { fakeStageTypes } from './fake-stage-types.ts';

let faults: (text: string) => readonly string[];
beforeAll(async () => {
  const validate = new Ajv({ strict: false, allErrors: true }).compile(await pipelineSchema(fakeStageTypes));
  faults = (text) => {
    validate(parse(text));
    return (validate.errors ?? [])
      .filter(({ keyword }) => keyword !== 'if')
      .map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
  };
});

const withStage = (stage: string) => `pipeline: demo\nstages: { a: ${stage} }\n`;

describe('the schema for editors', () => {
  test('accepts parameters, and references in their place', () => {
    expect(faults(withStage('{ uses: scalogram, needs: s, with: { scales: 64, wavelet: morlet } }'))).toEqual([]);
    expect(
      faults(
        withStage('{ uses: scalogram, needs: s, with: { scales: "${params.scales}", wavelet: "${params.wavelet}" } }'),
      ),
    ).toEqual([]);
    expect(
      faults(withStage('{ uses: train, with: { network: { filters: ["${params.a}", 3] }, seed: "${matrix.seed}" } }')),
    ).toEqual([]);
    expect(faults(withStage('{ uses: train, with: { network: "${params.network}" } }'))).toEqual([]);
  });

  test('refuses parameters of other stage types, and wrong values', () => {
    expect(faults(withStage('{ uses: scalogram, with: { sampleRate: 3 } }'))).toContain(
      '/stages/a/with must NOT have additional properties',
    );
    expect(faults(withStage('{ uses: scalogram, with: { scales: many } }'))).not.toEqual([]);
    expect(faults(withStage('{ uses: corpus/emodb }'))).not.toEqual([]);
    expect(faults(withStage('{ uses: train, with: { network: { filter: 3 } } }'))).not.toEqual([]);
  });

  test('leaves stage types that it does not know to the program', () => {
    expect(faults(withStage('{ uses: mine, with: { anything: 3 } }'))).toEqual([]);
  });

  test('knows sweeps', () => {
    const block = 'name: a, objective: model.history.loss, space: { params.a: [1] }';
    expect(faults(`pipeline: ../a.yaml\nsweep: { ${block} }\n`)).toEqual([]);
    expect(faults(`${withStage('{ uses: mine }')}sweep: { ${block} }\n`)).toEqual([]);
    expect(faults(`pipeline: ../a.yaml\nsweep: { ${block}, strategy: gird }\n`)).not.toEqual([]);
    expect(faults('pipeline: a\n')).not.toEqual([]);
  });

  test('knows commands', () => {
    expect(faults(withStage('{ uses: command, with: { command: [ls], outputs: { a: json } } }'))).toEqual([]);
    expect(faults(withStage('{ uses: command, with: { command: [ls] } }'))).not.toEqual([]);
  });

  test('describes parameters where an editor looks for it', async () => {
    expect(JSON.stringify(await pipelineSchema(fakeStageTypes))).toContain(
      '"description":"Samples a second","default":16000',
    );
  });
});
