import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { leftAfter } from '../support/start-pipe.ts';
import { type ToyProject, createToyProject, filesBelow } from '../support/toy-project.ts';

let project: ToyProject;

/**
 * Leaves a daemon behind, in a session of its own and with no parent, that writes late: into its output, its scratch folder
 * and the store. `$3` tells that it is on, and `$4` how many seconds the command goes on itself.
 */
const script = `#!/bin/sh
cat > daemon.sh <<'END'
echo $$ > "$2"
sleep 3
echo late > "$1"
echo late > late.txt
echo late > ../../late.txt
END
setsid sh -c 'nohup sh daemon.sh "$0" "$1" > /dev/null 2>&1 &' "$2" "$3"
while ! [ -e "$3" ]; do sleep 0.02; done
wc -c < "$1" | tr -d ' \\n' > "$2"
sleep "$4"
`;

beforeEach(() => {
  project = createToyProject('pipe-daemon-', ['01'], ['a']);
  project.write('tool/count-bytes.sh', script);
});
afterEach(() => project.remove());

const daemonIsOn = () => existsSync(project.path('daemon'));
const lateFiles = () =>
  filesBelow(project.path('artifacts')).filter(
    (file) => !file.includes('/code/') && readFileSync(file, 'latin1').includes('late\n'),
  );

function commandThatGoesOn(seconds: number): void {
  project.edit('pipeline.yaml', '"${outputs.size}"]', `"\${outputs.size}", ${project.path('daemon')}, "${seconds}"]`);
}

describe('a daemon that a command starts', () => {
  it('dies with its command, and what it writes late lands nowhere', async () => {
    commandThatGoesOn(0);
    const run = await project.run('--target', 'bytes');
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(daemonIsOn()).toBe(true);
    expect(project.processes()).toEqual([]);
    await sleep(3500);
    expect(lateFiles()).toEqual([]);
    expect(await project.pipe('fsck')).toMatchObject({ exitCode: 0 });
    expect(project.read('texts/01-a-1.txt')).toHaveLength(Number(await shownSize()));
  });

  it('dies after the coordinator, and the next run makes the output anew', async () => {
    commandThatGoesOn(60);
    const run = project.start('--target', 'bytes');
    await vi.waitUntil(daemonIsOn, { timeout: 300_000, interval: 10 });
    run.process.kill('SIGKILL');
    await run.ended;
    expect(await leftAfter(project.folder)).toEqual([]);
    await sleep(3500);
    expect(lateFiles()).toEqual([]);
    project.edit('tool/count-bytes.sh', 'sleep "$4"', 'exit 0');
    expect(await project.run('--target', 'bytes')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(project.read('texts/01-a-1.txt')).toHaveLength(Number(await shownSize()));
    for (const folder of ['leases', 'runs', 'scratch'])
      expect(readdirSync(project.path('artifacts', folder))).toEqual([]);
  });
});

/** What the store has as the output of the command. */
async function shownSize(): Promise<string> {
  const { outputs } = await project.run('--target', 'bytes');
  const digest = outputs['bytes 01-a-1.txt'] ?? '';
  return project.read(`artifacts/objects/${digest.slice(0, 2)}/${digest}`);
}
