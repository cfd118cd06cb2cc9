// Makes test/fixtures/search/learning-curves.json: `node bench/support/search/record-curves.mjs WORKSPACE [JOBS]`, about 35 minutes of
// one core. Random configurations of a small network on the demo corpus; each trains in full on five folds, and its development
// results of every epoch are kept. It goes on where it was stopped, since the workspace keeps what is done.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';

const [workspace = 'curves', jobs = '1'] = process.argv.slice(2);
const output = 'test/fixtures/search/learning-curves.json';
const epochs = 24;
const folds = ['03', '08', '09', '11', '13'];

/** @type {import('../../../src/sweep/search/index.ts').Space} */
const space = [
  { kind: 'range', path: 'rate', low: 1e-4, high: 2e-2, log: true },
  { kind: 'choice', path: 'depth', values: [3, 4] },
  { kind: 'range', path: 'filters', low: 4, high: 12, integer: true, log: true },
  { kind: 'choice', path: 'kernel', values: [3, 5, 7] },
  { kind: 'range', path: 'lstm', low: 8, high: 48, integer: true, log: true },
  { kind: 'choice', path: 'dense', values: [0, 16, 32, 64] },
  { kind: 'range', path: 'dropout', low: 0, high: 0.6, step: 0.1 },
  { kind: 'choice', path: 'batchSize', values: [8, 16] },
];

mkdirSync(workspace, { recursive: true });
mkdirSync(path.dirname(output), { recursive: true });
const search = path.join(workspace, 'search.mjs');
await build({
  entryPoints: ['src/sweep/search/index.ts'],
  outfile: search,
  bundle: true,
  format: 'esm',
  platform: 'node',
  logLevel: 'error',
});
/** @type {typeof import('../../../src/sweep/search/index.ts')} */
const { propose } = await import(path.resolve(search));

const curves = [];
for (let trial = 0; trial < 44; trial++) {
  const configuration = propose({ space, strategy: { kind: 'random' }, seed: 7, trial, observations: [] }) ?? {};
  const begin = Date.now();
  pipe('run', 'pipelines/demo.yaml', '--plain', '-j', jobs, '--target', 'model', ...overrides(configuration));
  const histories = folds.map(developmentOf);
  curves.push({
    configuration,
    uar: histories.map((history) => history.map(({ uar }) => Number(uar.toFixed(4)))),
    loss: histories.map((history) => history.map(({ loss }) => Number(loss.toPrecision(4)))),
  });
  const last = curves
    .at(-1)
    ?.uar.map((row) => row.at(-1))
    .join(' ');
  console.log(`${trial}: ${Math.round((Date.now() - begin) / 1000)} s, ${last}, ${JSON.stringify(configuration)}`);
  const about = 'Development results by epoch: made by bench/support/search/record-curves.mjs';
  const rows = curves.map((curve) => JSON.stringify(curve)).join(',\n');
  writeFileSync(output, `{"about":${JSON.stringify(about)},"folds":${JSON.stringify(folds)},"curves":[\n${rows}\n]}\n`);
}

/**
 * The development results of each epoch, of the newest run.
 * @param {string} fold
 * @returns {{ uar: number; loss: number }[]}
 */
function developmentOf(fold) {
  const { outputs } = JSON.parse(pipe('show', 'last', `model fold=${fold} seed=1`, '--json'));
  /** @type {{ name: string; value: any }[]} */
  const named = outputs;
  const history = named.find(({ name }) => name === 'history')?.value;
  return history.epochs.map((/** @type {{ development: unknown }} */ { development }) => development);
}

/** @param {Record<string, any>} configuration */
function overrides({ rate, depth, filters, kernel, lstm, dense, dropout, batchSize }) {
  const blocks = Array.from({ length: depth }, (_, block) => block);
  const network = {
    depth,
    filters: blocks.map((block) => filters * 2 ** Math.min(block, 2)),
    kernels: blocks.map((block) => (block === 0 ? [kernel, 3] : [3, 3])),
    pools: blocks.map((block) => [block === 0 ? 4 : block === 3 ? 1 : 2, 2]),
    lstm,
    dense,
    dropout: { pooled: dropout, dense: dropout },
  };
  const values = { network, batchSize, rate };
  return [
    ['params.seeds', [1]],
    ['params.epochs', epochs],
    ['stages.split.with.development', 'speaker'],
    ...Object.entries(values).map(([name, value]) => [`stages.model.with.${name}`, value]),
  ].flatMap(([name, value]) => ['--set', `${name}=${JSON.stringify(value)}`]);
}

/** @param {string[]} words */
function pipe(...words) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/cli.js', ...words, '--workspace', workspace], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`pipe ${words.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}
