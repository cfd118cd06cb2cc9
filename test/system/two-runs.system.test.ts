import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { leftAfter } from '../support/start-pipe.ts';
import { type ToyProject, createToyProject } from '../support/toy-project.ts';

let project: ToyProject;
/** Each execution of a command or a training adds a line to it. */
let log: string;

beforeEach(() => {
  project = createToyProject('pipe-runs-', ['01', '02', '03'], ['a']);
  log = project.path('executions');
  writeFileSync(log, '');
  project.edit('tool/count-bytes.sh', 'wc -c', 'sleep 0.2; echo command >> "$3"\nwc -c');
  project.edit('pipeline.yaml', '"${outputs.size}"]', `"\${outputs.size}", ${log}]`);
  const slowly = `steps: 5, stepMilliseconds: 60, log: ${log}`;
  project.edit('pipeline.yaml', 'with: { seed: "${matrix.seed}" }', `with: { seed: "\${matrix.seed}", ${slowly} }`);
});
afterEach(() => project.remove());

const executions = () => readFileSync(log, 'utf8').split('\n').sort().filter(Boolean);
const eachOnce = [...Array<string>(3).fill('command'), ...Array<string>(6).fill('training')];

describe.each([2, 3])('%i runs at once on one store', (count) => {
  it('do each task once, and give the same results', async () => {
    const runs = await Promise.all(Array.from({ length: count }, () => project.run()));
    for (const { exitCode, stderr } of runs) expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(executions()).toEqual(eachOnce);
    const ran = runs.flatMap((run) => run.ran).sort();
    expect(ran).toEqual(Object.keys(runs[0]?.outputs ?? {}).sort());
    for (const { outputs } of runs) expect(outputs).toEqual(runs[0]?.outputs);
    expect((await project.run()).ran).toEqual([]);
  });
});

describe('of two runs at once, one killed on its way', () => {
  it('leaves its tasks to the other', async () => {
    const [one, other] = [project.start('--jobs', '2'), project.start('--jobs', '2')];
    await trainingBegins();
    one.process.kill('SIGKILL');
    expect((await one.ended).signal).toBe('SIGKILL');
    const survivor = await other.ended;
    expect(survivor).toMatchObject({ exitCode: 0, stderr: '' });
    // What the killed one had begun but not recorded was done again, and only that.
    expect(executions().length).toBeLessThanOrEqual(eachOnce.length + 2);
    expect(await leftAfter(project.folder)).toEqual([]);
    const undisturbed = await freshRun();
    expect(survivor.outputs).toEqual(undisturbed);
  });
});

async function trainingBegins(): Promise<void> {
  await vi.waitUntil(() => executions().includes('training'), { timeout: 300_000, interval: 10 });
}

async function freshRun(): Promise<Readonly<Record<string, string>>> {
  project.forget();
  return (await project.run()).outputs;
}
