import type { ChildProcess } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { findSweep, openSweep, type Sweep } from '../../src/sweep/read-sweep.ts';
import type { SweepEvent } from '../../src/sweep/events.ts';
import { type Outcome, pipeProgram, startMarked } from '../support/start-pipe.ts';
import { type ToyProject, createToyProject } from '../support/toy-project.ts';

export interface SweepRun extends Outcome {
  readonly events: readonly SweepEvent[];
}

/** A project with a pipeline whose training is a formula. */
export interface SweepProject extends ToyProject {
  /** `pipe sweep FILE --json`. */
  sweep(...options: string[]): Promise<SweepRun>;
  /** The same, to be disturbed on its way. */
  startSweep(): { readonly process: ChildProcess; readonly ended: Promise<Outcome> };
  /** The newest record. */
  record(): Sweep;
  /** Names of all recorded runs. */
  runs(): readonly string[];
  /** Lines that the trainings, or the stages that read test data, have left. */
  lines(file: 'epochs.log' | 'tests.log'): readonly string[];
}

export const pipeline = `pipeline: toy
data: { texts: texts }
params:
  gain: 2
  seeds: [1, 2]
  depth: 3
  rate: 0.01
  epochs: 4
  milliseconds: 0
  development: none
stageFolders: [stages]
stages:
  corpus: { uses: letters, with: { root: "\${data.texts}" } }
  codes: { uses: measure, needs: { text: corpus }, with: { gain: "\${params.gain}" } }
  means: { uses: mean, needs: { codes: codes } }
  split: { uses: parted, needs: { items: corpus }, with: { development: "\${params.development}" } }
  model:
    uses: learn
    needs: { values: means, folds: split }
    matrix: { fold: "\${split.folds}", seed: "\${params.seeds}" }
    with:
      seed: "\${matrix.seed}"
      depth: "\${params.depth}"
      rate: "\${params.rate}"
      epochs: "\${params.epochs}"
      milliseconds: "\${params.milliseconds}"
      log: LOG/epochs.log
  verdict:
    uses: judge
    needs: { model: model.model, values: means, folds: split }
    matrix: same-as model
    with: { log: LOG/tests.log }
  totals: { uses: total, needs: { answers: verdict }, matrix: { seed: same-as model } }
`;

/** @param sweep the `sweep` block, without its first line, indented by two blanks */
export function createSweepProject(sweep: string, prefix = 'pipe-sweep-'): SweepProject {
  const project = createToyProject(prefix);
  cpSync(join(packageRoot, 'test/sweep/stages'), project.path('stages'), { recursive: true });
  project.write('toy.yaml', pipeline.replaceAll('LOG', project.folder));
  project.write('sweep.yaml', `pipeline: toy.yaml\nsweep:\n${sweep}`);
  return {
    ...project,
    async sweep(...options) {
      const outcome = await project.pipe('sweep', 'sweep.yaml', '--json', ...options);
      const lines = outcome.stdout.split('\n').filter((line) => line.startsWith('{'));
      return { ...outcome, events: lines.map((line) => JSON.parse(line) as SweepEvent) };
    },
    startSweep: () =>
      startMarked(project.folder, [process.execPath, pipeProgram, 'sweep', 'sweep.yaml', '--json', '--jobs', '1']),
    record: () => openSweep(findSweep(project.path('experiments'), 'last')),
    runs: () => readdirSync(project.path('experiments/toy')).sort(),
    lines(file) {
      try {
        return project.read(file).trim().split('\n');
      } catch {
        return [];
      }
    },
  };
}

export const gridBlock = `  name: depths
  set: { params.development: speaker }
  objective: model.history.development
  space: { params.depth: [3, 4, 5] }
`;

const projects: SweepProject[] = [];
afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});

/** A project that goes when its test is over. */
export function projectWith(block: string): SweepProject {
  const project = createSweepProject(block);
  projects.push(project);
  return project;
}

/** The events of a type. */
export const ofType = <T extends SweepEvent['type']>(run: SweepRun, type: T) =>
  run.events.filter((event): event is Extract<SweepEvent, { type: T }> => event.type === type);

/** Errors that `--json` has printed. */
export const errorsOf = ({ stdout }: Pick<Outcome, 'stdout'>) =>
  stdout
    .split('\n')
    .filter((line) => line.includes('"type":"error"'))
    .map((line) => JSON.parse(line) as { code: string; message: string; advice: string; exitCode: number });

/** Waits until so many epochs were trained. Throws if the sweep ends before. */
export async function untilTrained(
  project: SweepProject,
  epochs: number,
  { ended }: { readonly ended: Promise<Outcome> },
): Promise<void> {
  let end: Outcome | undefined;
  void ended.then((outcome) => (end = outcome));
  while (project.lines('epochs.log').length < epochs) {
    if (end !== undefined) throw new Error(`the sweep ended with ${end.exitCode}: ${end.stdout}${end.stderr}`);
    await sleep(50);
  }
}
