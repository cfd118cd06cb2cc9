import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { type ToyProject, createToyProject } from '../support/toy-project.ts';

let project: ToyProject;
let socket: string;
let hasTerminals = false;
beforeEach(() => {
  project = createToyProject('pipe-dashboard-');
  project.write('tool/slow.sh', 'sleep 2; exec sh "$(dirname "$0")/count-bytes.sh" "$@"');
  project.edit('pipeline.yaml', '[sh, "${code}/count-bytes.sh"', '[sh, "${code}/slow.sh"');
  hasTerminals = false;
  socket = `pipe-dash-${process.pid}-${Math.floor(performance.now())}`;
});
afterEach(() => {
  if (hasTerminals) tmux('kill-server');
  project.remove();
});

const tmux = (...words: string[]): string => execFileSync('tmux', ['-L', socket, ...words], { encoding: 'utf8' });
const press = (...keys: string[]): string => tmux('send-keys', '-t', 'pipe', ...keys);

interface TerminalOptions {
  readonly words?: string;
  readonly session?: string;
  readonly columns?: number;
  readonly rows?: number;
}

/** Starts `pipe` in a terminal that stays, and tells how it is, when it has ended. */
function startOnTerminal({
  words = 'run pipeline.yaml -j 1',
  session = 'pipe',
  columns = 80,
  rows = 24,
}: TerminalOptions = {}) {
  const pipe = `${process.execPath} ${join(packageRoot, 'bin/pipe.js')} ${words}`;
  const command = `unset CI; export NO_COLOR=1; echo BEFORE; stty -a >before; ${pipe}; echo EXIT $?; n=0; until stty -a >after; cmp -s before after || [ $n -ge 300 ]; do n=$((n + 1)); sleep 0.1; done; cmp before after && echo SAME; sleep 600`;
  hasTerminals = true;
  tmux('new-session', '-d', '-s', session, '-x', `${columns}`, '-y', `${rows}`, '-c', project.folder, command);
}

const screenOf = (session = 'pipe'): string => tmux('capture-pane', '-p', '-t', session);

/** Waits until the screen shows something, and returns it. */
async function screenWith(wanted: RegExp, session = 'pipe'): Promise<string> {
  for (let wait = 0; wait < 2400; wait++) {
    const screen = screenOf(session);
    if (wanted.test(screen)) return screen;
    await sleep(50);
  }
  throw new Error(`the screen never showed ${String(wanted)}:\n${screenOf(session)}`);
}

/** Whether a program has the other screen, and whether the cursor is hidden. */
const stateOf = (session = 'pipe') =>
  tmux('display-message', '-p', '-t', session, '#{alternate_on} #{cursor_flag}').trim();
const [onItsOwnScreen, asBefore] = ['1 0', '0 1'];

const lastRun = async (): Promise<Record<string, unknown>> => {
  const [run = ''] = (await project.pipe('ls', '--json')).stdout.split('\n');
  return JSON.parse(run) as Record<string, unknown>;
};

describe('the dashboard on a terminal', () => {
  it('pauses and goes on, opens a log, shows help, and leaves the terminal as it was', async () => {
    startOnTerminal();
    await screenWith(/● bytes .* 1 running/);
    expect(stateOf()).toBe(onItsOwnScreen);
    press('p');
    await screenWith(/‖ paused/);
    const paused = await screenWith(/tasks: 0 live/);
    await sleep(1000);
    expect(screenOf()).toMatch(/tasks: 0 live/);
    expect(/(\d)\/6/.exec(paused)?.[1]).not.toBe('6');
    press('?');
    await screenWith(/running tasks go on, nothing new begins/);
    press('Escape');
    press('p');
    await screenWith(/● running/);
    press('Enter');
    await screenWith(/why: .*\n[^]*── log/);
    press('Escape');
    const screen = await screenWith(/EXIT 0[^]*SAME/);
    expect(screen).toContain('BEFORE');
    expect(screen).toMatch(/✓ codes +━+ 6\/6 6 done/);
    expect(stateOf()).toBe(asBefore);
  });

  it.each([
    [40, 10],
    [120, 40],
  ])('follows the terminal to %i x %i', async (columns, rows) => {
    startOnTerminal();
    await screenWith(/● bytes .*running/);
    tmux('resize-window', '-t', 'pipe', '-x', `${columns}`, '-y', `${rows}`);
    const full = new RegExp(`^toy .*● running.*\\n(?:.*\\n){${rows - 2}}.*q quit`);
    const lines = (await screenWith(full)).replace(/\n$/, '').split('\n');
    expect(lines).toHaveLength(rows);
    expect(lines[0]).toMatch(/^toy .*● running/);
    expect(lines.at(-1)).toContain('q quit');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    press('q');
    await screenWith(/EXIT 130/);
  });

  it('quits safely: what ran is cancelled, the record closed, and the next run goes on', async () => {
    startOnTerminal();
    await screenWith(/● bytes .*running/);
    press('q');
    const screen = await screenWith(/EXIT 130[^]*SAME/);
    expect(screen).toMatch(/Interrupted after .* skipped\. The next run/);
    expect(stateOf()).toBe(asBefore);
    expect(await lastRun()).toMatchObject({ status: 'interrupted' });
    expect(project.processes()).toEqual([]);
    const { exitCode } = await project.run();
    expect(exitCode).toBe(0);
  });

  it('quits while it is paused', async () => {
    startOnTerminal();
    await screenWith(/● bytes .*running/);
    press('p');
    await screenWith(/tasks: 0 live/);
    press('q');
    await screenWith(/EXIT 130[^]*SAME/);
    expect(await lastRun()).toMatchObject({ status: 'interrupted' });
  });

  it('quits at once when asked twice', async () => {
    project.write('tool/slow.sh', 'trap "" INT TERM; sleep 60');
    startOnTerminal();
    await screenWith(/● bytes .*running/);
    press('q', 'q');
    await screenWith(/EXIT 130[^]*SAME/);
    expect(stateOf()).toBe(asBefore);
  });

  it.each(['SIGTERM', 'SIGKILL', 'SIGSEGV'] as const)('gives the terminal back when %s ends it', async (signal) => {
    startOnTerminal();
    await screenWith(/● bytes .*running/);
    process.kill(pipeInTerminal(), signal);
    await screenWith(/BEFORE[^]*SAME/);
    expect(stateOf()).toBe(asBefore);
  });
});

/** The one child of the terminal's shell. */
function pipeInTerminal(): number {
  const shell = tmux('display-message', '-p', '-t', 'pipe', '#{pane_pid}').trim();
  return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim());
}

describe('pipe dash', () => {
  it('shows a run of another process while it goes on, and leaves it alone', async () => {
    startOnTerminal({ session: 'run' });
    await screenWith(/● bytes .*running/, 'run');
    startOnTerminal({ words: 'dash' });
    const screen = await screenWith(/● bytes .*running/);
    expect(screen).toMatch(/^toy .*● running/m);
    expect(screen).toMatch(/✓ split +━+ 1\/1 1 done/);
    press('q');
    await screenWith(/EXIT 0[^]*SAME/);
    await screenWith(/EXIT 0/, 'run');
    expect(await lastRun()).toMatchObject({ status: 'done' });
  });

  it('tells when the run that it shows was killed, and when its record is removed', async () => {
    startOnTerminal({ session: 'run' });
    await screenWith(/● bytes .*running/, 'run');
    startOnTerminal({ words: 'dash' });
    await screenWith(/● bytes .*running/);
    tmux('kill-session', '-t', 'run');
    await screenWith(/! interrupted/);
    // The killed run may still be closing its record.
    const removing = setInterval(
      () => rmSync(project.path('experiments'), { recursive: true, force: true, maxRetries: 9 }),
      100,
    );
    await screenWith(/The record was removed/).finally(() => clearInterval(removing));
    press('q');
    await screenWith(/EXIT 0/);
  });

  it('prints plain lines without a terminal', async () => {
    expect((await project.run()).exitCode).toBe(0);
    const { exitCode, stdout } = await project.pipe('dash', 'last');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^codes: 6 tasks: 6 done/m);
    expect(stdout).toMatch(/^Done in .*: 33 done, 0 cached\.$/m);
  });

  it('says which run it does not know', async () => {
    await project.run();
    const { exitCode, stderr } = await project.pipe('dash', 'nothing-like-it');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('error[unknown-run]');
  });
});
