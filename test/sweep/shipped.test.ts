import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { newRunId } from '../../src/experiment/index.ts';
import { openWorkspace } from '../../src/run/index.ts';
import { loadSweep } from '../../src/sweep/load-sweep.ts';
import { planSweep, plannedConfigurations } from '../../src/sweep/plan-sweep.ts';
import { foldAxis, searchesOf } from '../../src/sweep/searches.ts';
import { createTrialPipelines, faultsOf, settingsOfTrial } from '../../src/sweep/trial-pipelines.ts';
import { collectFindings } from '../../src/spec/findings.ts';
import { checkObjective } from '../../src/sweep/objective.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'pipe-shipped-'));
const opened = openWorkspace(join(folder, 'artifacts'), { runId: newRunId() });
afterAll(async () => {
  await (await opened).store.close();
  rmSync(folder, { recursive: true, force: true });
});

const names = readdirSync(join(root, 'pipelines/sweeps'));

test.each(names)('%s is right, and each of its configurations too', async (name) => {
  const { sweep, pipelines } = await load(name);
  const configurations = plannedConfigurations(sweep);
  expect(configurations.length).toBeGreaterThan(1);
  expect(await faultsOf(sweep, pipelines, configurations.slice(0, 40))).toEqual([]);
  const findings = collectFindings();
  for (const { settings } of sweep.each)
    checkObjective(sweep, await pipelines.load(settingsOfTrial(sweep, settings, configurations[0] ?? {})), findings);
  expect(findings.all()).toEqual([]);
});

test('the depth sweep of the demo can be planned: it has one set of scalograms', async () => {
  const { sweep, pipelines, workspace } = await load('demo-depth.yaml');
  const searches = searchesOf(sweep, () => {
    throw new Error('not asked for');
  });
  const plan = await planSweep({
    sweep,
    searches,
    pipelines,
    place: { workspace, experiments: join(folder, 'experiments') },
    jobs: 2,
    pausingOf: () => undefined,
  });
  expect(plan).toMatchObject({ trials: 4, counted: 4, seconds: undefined });
  expect(plan.stages.find(({ stage }) => stage === 'scalogram')).toMatchObject({ tasks: 80, sets: 1, cached: 0 });
});

async function load(name: string) {
  const workspace = await opened;
  const loaded = await loadSweep(join(root, 'pipelines/sweeps', name), root);
  if ('diagnostics' in loaded) throw new Error(JSON.stringify(loaded.diagnostics));
  const { sweep } = loaded;
  const data = Object.fromEntries(
    ['emodb', 'savee', 'ravdess'].flatMap((corpus) =>
      name === 'corpora.yaml' || sweep.pipelineFile.endsWith(`/${corpus}.yaml`) ? [[corpus, folder]] : [],
    ),
  );
  const settings = { overrides: [], data, environment: {}, workingFolder: root };
  return { sweep, workspace, pipelines: createTrialPipelines(sweep, settings, workspace.types) };
}

test('an axis is found where it is written', async () => {
  const { sweep, pipelines } = await load('demo-depth.yaml');
  const pipeline = await pipelines.load(settingsOfTrial(sweep, [], plannedConfigurations(sweep)[0] ?? {}));
  expect(foldAxis('answers', 'fold', ['03'], pipeline).restrictTo('03')).toBe('stages.model.matrix.fold=["03"]');
});
