import { afterEach, beforeEach, expect, it } from 'vitest';
import { PipeError } from '../../src/errors.ts';
import { newRunId } from '../../src/experiment/index.ts';
import { type RunEvent, type Workspace, openWorkspace, runPipeline } from '../../src/run/index.ts';
import { loadPipeline } from '../../src/spec/index.ts';
import type { Pipeline } from '../../src/spec/types.ts';
import type { Store } from '../../src/store/types.ts';
import { type ToyProject, createToyProject } from '../support/toy-project.ts';

let project: ToyProject;
let workspace: Workspace;
let events: RunEvent[];

beforeEach(async () => {
  project = createToyProject();
  workspace = await openWorkspace(project.path('artifacts'), { runId: newRunId() });
  events = [];
});
afterEach(async () => {
  await workspace.store.close();
  project.remove();
});

async function toyPipeline(): Promise<Pipeline> {
  const settings = { overrides: [], data: {}, environment: {}, workingFolder: project.folder, memory: workspace.store };
  const loaded = await loadPipeline(project.path('pipeline.yaml'), settings, workspace.types);
  if ('diagnostics' in loaded) throw new Error(JSON.stringify(loaded.diagnostics));
  return loaded.pipeline;
}

const runWith = async (changed: Partial<Store>, signal = new AbortController().signal) =>
  runPipeline(
    await toyPipeline(),
    { ...workspace, store: { ...workspace.store, ...changed } },
    { jobs: 2, signal, emit: (event) => events.push(event) },
  );

it('a run whose disk has no room for a task ends with that error, after what ran has ended', async () => {
  const full = new PipeError('store-full', 'The disk is full.', { exitCode: 4 });
  let tasks = 0;
  const scratch: Store['scratch'] = (...given) => {
    tasks += 1;
    if (tasks === 3) throw full;
    return workspace.store.scratch(...given);
  };
  await expect(runWith({ scratch })).rejects.toBe(full);
  const started = events.filter(({ type }) => type === 'task-started').length;
  expect(started).toBe(2);
});

it('a run that waits for another one says so, once for each stage', async () => {
  // Two looks at the 13 tasks that come first.
  let refusals = 26;
  const outcome = await runWith({
    tryLease: (key) => ((refusals -= 1) >= 0 ? undefined : workspace.store.tryLease(key)),
    leaseHolder: () => 'the other',
  });
  expect(outcome.status).toBe('done');
  const told = events.flatMap((event) => (event.type === 'waiting-for-run' ? [[event.task.stage, event.run]] : []));
  expect(told.sort()).toEqual([
    ['bytes', 'the other'],
    ['codes', 'the other'],
    ['split', 'the other'],
  ]);
});

it('a run that waits for another trial of its own says nothing', async () => {
  let refusals = 26;
  await runWith({
    tryLease: (key) => ((refusals -= 1) >= 0 ? undefined : workspace.store.tryLease(key)),
    leaseHolder: () => workspace.store.run,
  });
  expect(events.filter(({ type }) => type === 'waiting-for-run')).toEqual([]);
});
