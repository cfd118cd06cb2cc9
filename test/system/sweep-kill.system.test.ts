import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { randomStream } from '../../src/stage/random.ts';
import { leftAfter, pipeProgram, startMarked } from '../support/start-pipe.ts';
import { type SweepProject, createSweepProject } from '../sweep/project.ts';

const kills = 50;
/** Sweeps that are killed one after the other before one comes to its end. */
const killsInTurn = 5;

const block = `  name: killed
  set: { params.development: speaker, params.seeds: [1], params.milliseconds: 15, params.epochs: 6 }
  objective: model.history.development
  space: { params.depth: [2, 3, 4, 5, 6], params.rate: { log: [0.0001, 1] } }
`;
const strategies = {
  tpe: `${block}  strategy: { kind: tpe, seed: 3, startup: 3 }\n  budget: { trials: 7 }\n  parallel: 2\n`,
  halving: `${block}  strategy: { kind: halving, seed: 3, minimum: 2, factor: 2 }\n  budget: { trials: 8 }\n  parallel: 2\n`,
};

it.each(Object.entries(strategies))(
  `a sweep by %s that is killed ${kills / 2} times on its way ends with the same trials and the same choice`,
  async (_, sweep) => {
    const project = createSweepProject(sweep, 'pipe-sweep-kill-');
    try {
      const started = performance.now();
      expect(await project.sweep()).toMatchObject({ exitCode: 0, stderr: '' });
      const milliseconds = performance.now() - started;
      const undisturbed = outcomeOf(project);
      const random = randomStream('sweep kills');
      let left = kills / 2;
      while (left > 0) {
        project.forget();
        for (let turn = 0; turn < killsInTurn && left > 0; turn += 1) {
          if (await killAfter(project, random.uniform() * milliseconds)) left -= 1;
        }
        expect(await project.sweep()).toMatchObject({ exitCode: 0, stderr: '' });
        expect(outcomeOf(project)).toEqual(undisturbed);
        const damaged = await project.pipe('fsck');
        expect(damaged.exitCode, damaged.stdout).toBe(0);
      }
    } finally {
      project.remove();
    }
  },
);

/** Starts the sweep and kills it after a time. False when it had come to its end. */
async function killAfter(project: SweepProject, milliseconds: number): Promise<boolean> {
  const { process: child, ended } = startMarked(project.folder, [process.execPath, pipeProgram, 'sweep', 'sweep.yaml']);
  await sleep(milliseconds);
  child.kill('SIGKILL');
  const { signal, exitCode, stderr } = await ended;
  expect(await leftAfter(project.folder)).toEqual([]);
  if (signal !== 'SIGKILL') expect(exitCode, stderr).toBe(0);
  return signal === 'SIGKILL';
}

/** All that does not depend on when and where it ran: every objective to the last bit, and what became of the test data. */
function outcomeOf(project: SweepProject) {
  const { record, trials } = project.record();
  return {
    status: record.status,
    chosen: record.chosen,
    final: record.final?.map(({ overrides, status }) => ({ overrides, status })),
    trials: trials.map(({ search, trial, configuration, overrides, status, replicates, objective, rungs }) => ({
      search,
      trial,
      configuration,
      overrides,
      status,
      replicates,
      objective,
      // Which run a rung was differs.
      rungs: rungs?.map(({ run: _, ...rung }) => rung),
    })),
  };
}
