import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { killLeftovers } from '../../../src/run/executors/index.ts';
import type { Job } from '../../../src/run/job.ts';
import { type Rig, createRig, options, processesWith, until, valueOf } from './rig.ts';

let rig: Rig;
let coordinator: string;
beforeAll(async () => {
  rig = await createRig();
  coordinator = join(rig.folder, 'coordinator.mjs');
  symlinkSync(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(rig.folder, 'node_modules'));
  // A coordinator in a process of its own: runs the jobs that it is given, until it is killed.
  await build({
    stdin: {
      contents: `import { createExecutors } from './src/run/executors/index.ts';
        const { options, jobs } = JSON.parse(process.argv[2]);
        const executors = createExecutors(options);
        for (const [kind, job] of jobs) void executors[kind].run(job, { signal: new AbortController().signal, onNote() {} });`,
      resolveDir: fileURLToPath(new URL('../../..', import.meta.url)),
    },
    outfile: coordinator,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
});
const coordinators: { readonly child: ChildProcess; readonly runId: string }[] = [];
afterAll(async () => {
  for (const { child, runId } of coordinators) {
    child.kill('SIGKILL');
    await killLeftovers(runId);
  }
  await rig.close();
});

const begun = (name: string) => join(rig.folder, `begun ${name}`);
const begin = (name: string) => `fs.writeFileSync(${JSON.stringify(begun(name))}, '');`;
const detached = (script: string) =>
  `spawn('sh', ['-c', ${JSON.stringify(script)}], { detached: true, stdio: 'ignore' }).unref();`;

/** A child in a busy loop, one with all kinds of grandchildren, and a command with a daemon. */
function busyJobs(name: string): [kind: string, job: Job][] {
  const family = ['sleep 1000', 'setsid sleep 1000 & exit', '(setsid sh -c "trap : TERM; sleep 1000; sleep 1000" &)'];
  const shell = `trap "" TERM HUP; setsid sleep 1000 & echo > '${begun(`${name} 3`)}'; sleep 1000; sleep 1000`;
  return [
    ['processes', rig.job(`${begin(`${name} 1`)} for (;;);`)],
    [
      'processes',
      rig.job(`${family.map(detached).join(' ')} ${begin(`${name} 2`)} await new Promise((r) => setTimeout(r, 1e6));`),
    ],
    ['commands', rig.job('', { command: { argv: ['sh', '-c', shell], code: [] } })],
  ];
}

async function startCoordinator(name: string, runId: string, program = rig.programs): Promise<ChildProcess> {
  const jobs = busyJobs(name);
  const argument = JSON.stringify({ options: { workers: 2, runId, programs: program }, jobs });
  const child = spawn(process.execPath, [coordinator, argument], { stdio: ['ignore', 'inherit', 'inherit'] });
  coordinators.push({ child, runId });
  await until(() => [1, 2, 3].every((number) => existsSync(begun(`${name} ${number}`))));
  await until(() => processesWith(`PIPE_RUN=${runId}`).length >= 8);
  return child;
}

test.each(['SIGKILL', 'SIGTERM', 'SIGSEGV'] as const)(
  'children and grandchildren die after a coordinator that ends by %s',
  async (signal) => {
    const runId = `reaper-test-${process.pid}-${signal}`;
    const child = await startCoordinator(signal, runId);
    child.kill(signal);
    await once(child, 'exit');
    await until(() => processesWith(`PIPE_RUN=${runId}`).length === 0);
    // The reaper itself goes too.
    await until(() => processesWith(`PIPE_REAPER=1`).every((pid) => !commandLine(pid).includes(runId)));
  },
);

test('the leftovers of a dead run are killed by its id, and those of others are not', async () => {
  const runId = `leftover-test-${process.pid}`;
  const idle = rig.file('idle.mjs', 'process.stdin.resume();');
  const child = await startCoordinator('leftover', runId, { ...rig.programs, reaper: idle });
  const others = rig.executors();
  const end = join(rig.folder, 'others end');
  const waiting = `while (!fs.existsSync('${end}')) await new Promise((r) => setTimeout(r, 20)); return { value: 1 };`;
  const other = others.processes.run(rig.job(waiting), options());
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await killLeftovers(runId)).toBeGreaterThan(3);
  expect(processesWith(`PIPE_RUN=${runId}`)).toEqual([]);
  expect(await killLeftovers(runId)).toBe(0);
  writeFileSync(end, '');
  expect(valueOf(await other)).toBe(1);
});

test('a reaper that is killed is replaced', async () => {
  const executors = rig.executors();
  const reapers = () => processesWith('PIPE_REAPER=1').filter((pid) => commandLine(pid).includes(executors.runId));
  const running = executors.processes.run(
    rig.job(`${begin('replaced')} await new Promise((r) => setTimeout(r, 1e6));`),
    options(),
  );
  await until(() => existsSync(begun('replaced')) && reapers().length === 1);
  const [first = 0] = reapers();
  process.kill(first, 'SIGKILL');
  await until(() => reapers().some((pid) => pid !== first));
  await executors.close();
  expect(await running).toMatchObject({ reason: 'cancelled' });
  await until(() => reapers().length === 0);
});

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
