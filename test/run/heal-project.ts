import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newRunId } from '../../src/experiment/index.ts';
import { createGraph } from '../../src/plan/graph.ts';
import type { Graph } from '../../src/plan/graph-types.ts';
import { titleOf } from '../../src/plan/task-title.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { isReference } from '../../src/run/executors/read-files.ts';
import { openWorkspace } from '../../src/run/index.ts';
import type { InputFiles, Job, JobAnswer, JobFailure } from '../../src/run/job.ts';
import type { RunCounts } from '../../src/run/schedule.ts';
import { runTasks } from '../../src/run/scheduler.ts';
import { createSlots } from '../../src/run/slots.ts';
import { loadPipeline } from '../../src/spec/index.ts';
import type { Digest, Store } from '../../src/store/types.ts';
import { createProject } from '../support/toy-project.ts';

/** What a start of a task does in place of reading its inputs and writing what they say. */
export type Start = (work: (word?: string) => JobAnswer) => JobAnswer | Promise<JobAnswer>;

export interface HealRun {
  readonly counts: RunCounts;
  readonly events: readonly RunEvent[];
  /** Titles of the tasks that were started, in order. */
  readonly started: readonly string[];
  readonly statuses: Readonly<Record<string, string>>;
}

/** Runs of small graphs with an executor that does as it is told, so that each order of events can be had. */
export interface HealRig {
  /** Stages by name with what they need, as in `{ both: 'left right' }`; those with no needs read the corpus. After `;`: keys of the stage. */
  run(
    stages: Readonly<Record<string, string>>,
    options?: {
      readonly jobs?: number;
      readonly keepGoing?: boolean;
      /** By title: what its first, second, ... start does; nothing unusual where it says nothing. */
      readonly starts?: Readonly<Record<string, readonly (Start | undefined)[]>>;
      readonly store?: Partial<Store>;
    },
  ): Promise<HealRun>;
  /** Removes what a stage has made. */
  spoil(stage: string): void;
  readonly store: Store;
  close(): Promise<void>;
}

const step = `import { Type, defineStage } from 'pipe/stage';
export default defineStage({
  name: 'step', kind: 'reduce', description: 'Stands for anything', params: Type.Object({ name: Type.String() }),
  inputs: { items: { items: 'file', optional: true }, a: { each: 'json', optional: true }, b: { each: 'json', optional: true } },
  outputs: { value: 'json' },
  run: () => ({ value: 0 }),
});
`;

export const failedBy = (reason: JobFailure['reason'], code: string, digests?: readonly Digest[]): JobFailure => ({
  status: 'failed',
  reason,
  code,
  message: code,
  ...(digests && { digests }),
});

export async function createHealRig(): Promise<HealRig> {
  const project = createProject('pipe-heal-');
  project.write('texts/01-a-1.txt', 'text');
  project.write('stages/step.ts', step);
  const letters = readFileSync(new URL('../support/toy-stages/letters.ts', import.meta.url), 'utf8');
  project.write('stages/letters.ts', letters);
  const workspace = await openWorkspace(project.path('artifacts'), { runId: newRunId() });
  const { store } = workspace;
  let made: Record<string, string> = {};

  async function plan(stages: Readonly<Record<string, string>>, changed: Partial<Store>): Promise<Graph> {
    const lines = Object.entries(stages).map(([name, rest]) => {
      const [needs = '', more = ''] = rest.split(';');
      const inputs = needs === '' ? 'items: corpus' : needs.split(' ').map((need, index) => `${'ab'[index]}: ${need}`);
      return `  ${name}: { uses: step, needs: { ${String(inputs)} }, with: { name: ${name} }${more} }\n`;
    });
    const corpus = `  corpus: { uses: letters, with: { root: ${JSON.stringify(project.path('texts'))} } }\n`;
    project.write('pipeline.yaml', `pipeline: heal\nstageFolders: [stages]\nstages:\n${corpus}${lines.join('')}`);
    const settings = { overrides: [], data: {}, environment: {}, workingFolder: project.folder };
    const loaded = await loadPipeline(project.path('pipeline.yaml'), settings, workspace.types);
    if ('diagnostics' in loaded) throw new Error(JSON.stringify(loaded.diagnostics));
    return createGraph(loaded.pipeline, { ...workspace, store: { ...store, ...changed }, log: () => undefined });
  }

  const rig: HealRig = {
    store,
    spoil: (stage) => rmSync(store.objectPath((made[stage] ?? '') as Digest)),
    async run(stages, { jobs = 1, keepGoing = false, starts = {}, store: changed = {} } = {}) {
      made = {};
      const events: RunEvent[] = [];
      const started: string[] = [];
      const graph = await plan(stages, changed);
      const executor = {
        close: () => Promise.resolve(),
        async run(job: Job): Promise<JobAnswer> {
          const start = starts[job.title]?.[started.filter((title) => title === job.title).length];
          started.push(job.title);
          // No answer comes before the scheduler has begun all that it can.
          await new Promise(setImmediate);
          return start === undefined ? work(job) : start((word) => work(job, word));
        },
      };
      const counts = await runTasks(graph, {
        executors: { workers: executor, processes: executor, commands: executor },
        jobs,
        slots: createSlots(jobs),
        keepGoing,
        forced: new Set(),
        signal: new AbortController().signal,
        why: () => '',
        emit(event) {
          events.push(event);
          if (event.type === 'task-done') made[titleOf(event.task)] = event.outputs['value']?.digest ?? '';
        },
      });
      const statuses = graph.stages.flatMap(({ node, tasks }) => tasks.map(({ status }) => [node.name, status]));
      return { counts, events, started, statuses: Object.fromEntries(statuses) as Record<string, string> };
    },
    async close() {
      await store.close();
      project.remove();
    },
  };
  return rig;
}

/** What a worker does: checks the inputs' bytes, and writes an output that says what they were. */
function work(job: Job, word = ''): JobAnswer {
  const digests: Digest[] = [];
  for (const input of Object.values(job.inputs))
    if (input.kind === 'each') digests.push(...input.entries.flatMap(({ files }) => check(files)));
  const bad = digests.find((digest) => digest.startsWith('!'))?.slice(1);
  if (bad !== undefined) return failedBy('damaged', 'damaged-artifact', [bad as Digest]);
  const text = JSON.stringify(`${job.title} of ${digests.join(' ')}${word}`);
  const path = join(job.scratch, 'value.json');
  writeFileSync(path, text);
  return { status: 'done', outputs: { value: { path, digest: digestOf(text), size: text.length } } };
}

/** The digests of an input's files; with `!` before one that its file has not. */
function check(files: InputFiles): readonly Digest[] {
  if (!isReference(files)) return Object.values(files).flatMap(check);
  const { path, digest } = files;
  try {
    return [digestOf(readFileSync(path)) === digest ? digest : (`!${digest}` as Digest)];
  } catch {
    return [`!${digest}` as Digest];
  }
}

const digestOf = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex') as Digest;
