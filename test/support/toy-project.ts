import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { type FoundProcess, type Outcome, pipeProgram, processesOf, startMarked } from './start-pipe.ts';

/** A project of its own in a temporary folder; the toy one has a pipeline with every kind of stage, over a few text files. */
export interface ToyProject {
  readonly folder: string;
  path(...parts: string[]): string;
  read(path: string): string;
  /** Makes the folders above it too. */
  write(path: string, content: string | Uint8Array): void;
  /** Replaces text that must be there. */
  edit(path: string, from: string, to: string): void;
  /** Starts `pipe` here and waits for its end. */
  pipe(...words: string[]): Promise<Outcome>;
  /** `pipe run pipeline.yaml --json` with its events. */
  run(...options: string[]): Promise<ToyRun>;
  /** The same, to be disturbed on its way. */
  start(...options: string[]): StartedRun;
  /** Living processes that came from a `pipe` of this project. */
  processes(): readonly FoundProcess[];
  /** `artifacts/` and `experiments/` go. */
  forget(): void;
  remove(): void;
}

export interface StartedRun {
  readonly process: ChildProcess;
  readonly ended: Promise<ToyRun>;
}

export interface ToyRun extends Outcome {
  readonly events: readonly RunEvent[];
  /** Tasks that ran, as `stage item axis=value`. */
  readonly ran: readonly string[];
  /** Digests of all outputs by task, whether cached or made. */
  readonly outputs: Readonly<Record<string, string>>;
}

export const toyPipeline = `pipeline: toy
data: { texts: texts }
params: { gain: 2 }
stageFolders: [stages]
stages:
  corpus: { uses: letters, with: { root: "\${data.texts}" } }
  codes:
    uses: measure
    needs: { text: corpus }
    with: { gain: "\${params.gain}" }
  means: { uses: mean, needs: { codes: codes } }
  bytes:
    uses: command
    needs: { text: corpus }
    with:
      command: [sh, "\${code}/count-bytes.sh", "\${inputs.text}", "\${outputs.size}"]
      code: tool
      inputs: { text: file }
      outputs: { size: json }
      per: item
  split: { uses: folds, needs: { items: corpus } }
  model:
    uses: fit
    needs: { values: means, folds: split }
    matrix: { fold: "\${split.folds}", seed: [1, 2] }
    with: { seed: "\${matrix.seed}" }
  answers:
    uses: answer
    needs: { model: model, values: means, folds: split }
    matrix: same-as model
  totals:
    uses: total
    needs: { answers: answers }
    matrix: { seed: same-as model }
`;

/** Makes the project: 3 speakers with 2 files each, if not told otherwise. */
export function createToyProject(prefix = 'pipe-toy-', speakers = ['01', '02', '03'], labels = ['a', 'b']): ToyProject {
  const project = createProject(prefix);
  const toyStages = join(packageRoot, 'test/support/toy-stages');
  cpSync(toyStages, project.path('stages'), { recursive: true, filter: (file) => !file.endsWith('.sh') });
  cpSync(join(toyStages, 'count-bytes.sh'), project.path('tool/count-bytes.sh'));
  for (const speaker of speakers) {
    for (const label of labels)
      project.write(`texts/${speaker}-${label}-1.txt`, `${label.repeat(5 * Number(speaker))} said by ${speaker}`);
  }
  project.write('pipeline.yaml', toyPipeline);
  return project;
}

/** An empty project in a temporary folder. */
export function createProject(prefix: string): ToyProject {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  const path = (...parts: string[]) => join(folder, ...parts);
  const read = (file: string) => readFileSync(path(file), 'utf8');
  const pipe = (words: readonly string[]) => startMarked(folder, [process.execPath, pipeProgram, ...words]);
  const start = (...options: string[]): StartedRun => {
    const started = pipe(['run', 'pipeline.yaml', '--json', ...options]);
    return {
      process: started.process,
      ended: started.ended.then((outcome) => ({ ...outcome, ...readEvents(outcome.stdout) })),
    };
  };
  const write = (file: string, content: string | Uint8Array) => {
    mkdirSync(dirname(path(file)), { recursive: true });
    writeFileSync(path(file), content);
  };
  return {
    folder,
    path,
    read,
    write,
    edit(file, from, to) {
      const text = read(file);
      if (!text.includes(from)) throw new Error(`${file} has no '${from}'`);
      write(file, text.replace(from, to));
    },
    pipe: (...words) => pipe(words).ended,
    run: (...options) => start(...options).ended,
    start,
    processes: () => processesOf(folder),
    forget: () => {
      for (const name of ['artifacts', 'experiments']) rmSync(path(name), { recursive: true, force: true });
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function readEvents(stdout: string): Pick<ToyRun, 'events' | 'ran' | 'outputs'> {
  const events = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as RunEvent);
  const ran: string[] = [];
  const outputs: Record<string, string> = {};
  for (const event of events) {
    if (event.type !== 'task-done' && event.type !== 'task-cached') continue;
    const axes = Object.entries(event.task.point).map(([axis, value]) => `${axis}=${value}`);
    const name = [event.task.stage, ...(event.task.item === undefined ? [] : [event.task.item]), ...axes].join(' ');
    if (event.type === 'task-done') ran.push(name);
    outputs[name] = Object.values(event.outputs)
      .map(({ digest }) => digest)
      .join(' ');
  }
  return { events, ran: ran.sort(), outputs };
}

/** Names of all files below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
