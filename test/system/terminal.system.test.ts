import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { type ToyProject, createToyProject } from '../support/toy-project.ts';

let project: ToyProject;
let socket: string;
beforeEach(() => {
  project = createToyProject('pipe-terminal-');
  socket = `pipe-${process.pid}-${Math.floor(performance.now())}`;
});
afterEach(() => {
  tmux('kill-server');
  project.remove();
});

const tmux = (...words: string[]): string => execFileSync('tmux', ['-L', socket, ...words], { encoding: 'utf8' });

/** Starts `pipe run` in a terminal of 100 x 40, which stays when it has ended. */
function startInTerminal(environment = ''): void {
  const pipe = `${environment} ${process.execPath} ${join(packageRoot, 'bin/pipe.js')} run pipeline.yaml`;
  const command = `unset CI; ${pipe}; echo EXIT $?; sleep 600`;
  tmux('new-session', '-d', '-x', '100', '-y', '40', '-c', project.folder, command);
}

/** Waits until the screen shows something, and returns the screen with its colours. */
async function screenWith(wanted: RegExp): Promise<string> {
  for (let wait = 0; wait < 600; wait++) {
    const screen = tmux('capture-pane', '-p', '-e');
    if (wanted.test(screen)) return screen;
    await sleep(100);
  }
  throw new Error(`the screen never showed ${String(wanted)}:\n${tmux('capture-pane', '-p')}`);
}

const plain = (screen: string) => screen.replaceAll(/\u001b\[[\d;]*m/g, '');

const slow = (toy: ToyProject) => toy.edit('pipeline.yaml', '[sh, "${code}/count-bytes.sh"', '[sh, "${code}/slow.sh"');

describe('a run on a terminal', () => {
  it('shows its stages as they go, in colour, and ends with a line of its own', async () => {
    startInTerminal();
    const screen = await screenWith(/EXIT 0/);
    expect(screen).toContain('\u001b[');
    expect(plain(screen)).toMatch(/✓ codes +━+ 6\/6 6 done/);
    expect(plain(screen)).toMatch(/^Done in .*: 33 done, 0 cached\.$/m);
    expect(plain(screen).match(/✓ codes/g)).toHaveLength(1);
  });

  it('shows no colour where NO_COLOR is set', async () => {
    startInTerminal('NO_COLOR=1');
    expect(await screenWith(/EXIT 0/)).not.toMatch(/\u001b\[3\d/);
  });

  it('is stopped by Ctrl-C: says so, closes the record, and the next run goes on', async () => {
    project.write('tool/slow.sh', 'sleep 60; exec sh "$(dirname "$0")/count-bytes.sh" "$@"');
    slow(project);
    startInTerminal();
    await screenWith(/bytes .*running/);
    tmux('send-keys', 'C-c');
    const screen = plain(await screenWith(/EXIT/));
    expect(screen).toContain('Stopping:');
    expect(screen).toMatch(/Interrupted after .* The next run goes on from here\./);
    expect(screen).toContain('EXIT 130');
    const [run] = (await project.pipe('ls', '--json')).stdout.split('\n');
    expect(JSON.parse(run ?? '')).toMatchObject({ status: 'interrupted' });
  });

  it('is ended at once by a second Ctrl-C', async () => {
    project.write('tool/slow.sh', 'trap "" INT TERM; sleep 60');
    slow(project);
    startInTerminal();
    await screenWith(/bytes .*running/);
    tmux('send-keys', 'C-c', 'C-c');
    const started = performance.now();
    await screenWith(/EXIT 130/);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
