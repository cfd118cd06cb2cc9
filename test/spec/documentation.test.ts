import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pipelineStructure } from '../../src/spec/pipeline-structure.ts';
import { createRig, type Rig } from './load.ts';

const folder = 'src/spec';
const documentation = readFileSync('docs/pipeline-language.md', 'utf8');

let rig: Rig;
beforeAll(async () => (rig = await createRig()));
afterAll(() => rig.remove());

test('every code of an error is documented, and no other', () => {
  const source = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const told = [
    ...source.matchAll(/(?:findings\.add|tell|fault|return \[|evaluation\.fault|\w+:)\(?\s*'([a-z]+(?:-[a-z]+)+)'/g),
  ].map(([, code]) => code);
  const table = documentation.slice(documentation.indexOf('| code | meaning |'));
  const documented = [...table.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code),
  );
  expect(documented).toHaveLength(new Set(documented).size);
  expect(documented.filter((code) => !source.includes(`'${code}'`))).toEqual([]);
  expect(
    [...new Set(told)].filter((code) => !documented.includes(code) && !['same-as', 'bad-name'].includes(code ?? '')),
  ).toEqual([]);
});

test('the example is a pipeline', async () => {
  const example = /```yaml\n(pipeline: [\s\S]*?)```/.exec(documentation)?.[1] ?? '';
  const text = example.replace(', epochs: 40', '');
  expect(await rig.faults(text, { data: { emodb: 'corpus' } })).toEqual([]);
});

test('the schema in docs/ is the one that files are checked by', async () => {
  const schema = await format(JSON.stringify(pipelineStructure), { parser: 'json', printWidth: 120 });
  // `vitest -u` writes it anew.
  await expect(schema).toMatchFileSnapshot('../../docs/pipeline.schema.json');
});
