import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { randomStream } from '../../src/stage/random.ts';
import { leftAfter } from '../support/start-pipe.ts';
import { type ToyProject, createToyProject } from '../support/toy-project.ts';

const kills = 50;
/** Runs that are killed one after the other before one comes to its end. */
const killsInTurn = 5;

type Victim = 'the coordinator' | 'a child' | 'the process that clears up';

it(`a run that is killed ${kills} times on its way ends with the same artifacts`, async () => {
  const projects = [slowProject(), slowProject()];
  const [project] = projects;
  if (project === undefined) throw new Error('no project');
  const started = performance.now();
  const undisturbed = await project.run();
  const milliseconds = performance.now() - started;
  expect(undisturbed.exitCode).toBe(0);
  const victims = { 'the coordinator': 0, 'a child': 0, 'the process that clears up': 0 };
  let left = kills;
  try {
    await Promise.all(
      projects.map(async (own, index) => {
        const random = randomStream(`kill ${index}`);
        while (left > 0) {
          own.forget();
          for (let turn = 0; turn < killsInTurn && left > 0; turn += 1) {
            const victim = chooseVictim(random.uniform());
            left -= 1;
            if (await disturb(own, victim, random.uniform() * milliseconds)) victims[victim] += 1;
            else left += 1;
          }
          const last = await own.run();
          expect(last).toMatchObject({ stderr: '', exitCode: 0 });
          expect(last.outputs).toEqual(undisturbed.outputs);
        }
      }),
    );
  } finally {
    for (const own of projects) own.remove();
  }
  console.log(
    `killed: ${Object.entries(victims)
      .map(([name, count]) => `${name} ${count} times`)
      .join(', ')}`,
  );
});

/** Two folds, whose trainings of 20 steps take a second at least. */
function slowProject(): ToyProject {
  const project = createToyProject('pipe-kill-', ['01', '02']);
  project.edit('pipeline.yaml', 'seed: [1, 2]', 'seed: [1]');
  project.edit(
    'pipeline.yaml',
    'with: { seed: "${matrix.seed}" }',
    'with: { seed: "${matrix.seed}", steps: 20, stepMilliseconds: 50 }',
  );
  return project;
}

const chooseVictim = (chance: number): Victim =>
  chance < 0.6 ? 'the coordinator' : chance < 0.85 ? 'a child' : 'the process that clears up';

/** Starts a run and kills one of its processes after a time. False when there was none to kill any more. */
async function disturb(project: ToyProject, victim: Victim, milliseconds: number): Promise<boolean> {
  const { process: coordinator, ended } = project.start();
  await sleep(milliseconds);
  const pid = victim === 'the coordinator' ? coordinator.pid : childOf(project, coordinator.pid, victim);
  const sent = pid !== undefined && coordinator.exitCode === null && kill(pid);
  const { exitCode, signal, stderr } = await ended;
  // It may have come to its end just before.
  const killed = victim === 'the coordinator' ? signal === 'SIGKILL' : sent;
  if (victim === 'the coordinator' || !killed) expect(exitCode).toBe(killed ? 128 : 0);
  // One task alone may fail by the loss of its process, or all by that of the bundler.
  else expect(exitCode, stderr).toBeOneOf(victim === 'a child' ? [0, 1, 4] : [0]);
  expect(stderr).toBe('');
  expect(await leftAfter(project.folder), victim).toEqual([]);
  return killed;
}

function childOf(project: ToyProject, coordinator: number | undefined, victim: Victim): number | undefined {
  return project
    .processes()
    .filter(({ pid }) => pid !== coordinator)
    .find(({ command }) => command.includes('reaper.js') === (victim === 'the process that clears up'))?.pid;
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
