import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Executor, JobNote } from '../../../src/run/job.ts';
import { type Rig, containing, createRig, options, until, valueOf } from './rig.ts';

let rig: Rig;
let one: ReturnType<Rig['executors']>;
beforeAll(async () => {
  rig = await createRig();
  one = rig.executors({ workers: 1, heapMebibytes: 32 });
});
afterAll(() => rig.close());

const endless = 'for (;;);';
const fine = 'return { value: "fine" };';
/** Something that a stage may do at the worst, and how its task fails. */
const disasters = [
  ['throws', "throw new Error('no');", { reason: 'threw', message: 'Error: no' }],
  [
    'ends its process',
    "console.error('last words'); process.exit(3);",
    { reason: 'exit', code: 'process-exit', message: "The stage's process ended with exit code 3: last words" },
  ],
  ['is killed', "process.kill(process.pid, 'SIGKILL');", { reason: 'exit', code: 'process-killed' }],
  ['gives up', 'process.abort();', { reason: 'exit', code: 'process-crashed', message: containing('SIGABRT') }],
  [
    'loops for ever',
    endless,
    { reason: 'timeout', code: 'timeout', message: 'The task took longer than 0.3 s and was ended.' },
  ],
  [
    'allocates for ever',
    // Threads of Node 24 cannot be ended in this loop.
    'for (let all = []; ; all.length %= 1000) all.push(new Array(1000));',
    { reason: 'timeout' },
  ],
  ['never resolves', 'await new Promise(() => setInterval(() => undefined, 50));', { reason: 'timeout' }],
  [
    'rejects behind its back',
    "void Promise.reject(new Error('aside')); await new Promise((r) => setTimeout(r, 5000));",
    { reason: 'threw', code: 'unhandled-error', message: 'Error: aside' },
  ],
  [
    'rejects and returns',
    "void Promise.reject(new Error('aside')); return { value: 1 };",
    { reason: 'threw', code: 'unhandled-error' },
  ],
  [
    'throws behind its back',
    "setTimeout(() => { throw new Error('later'); }, 5); await new Promise((r) => setTimeout(r, 5000));",
    { reason: 'threw', code: 'unhandled-error', message: 'Error: later' },
  ],
] as const;

test.each(disasters)('a stage that %s fails alone', async (_, body, failure) => {
  const { workers } = one;
  const run = (text: string, timeoutSeconds = 20) => workers.run(rig.job(text), options({ timeoutSeconds }));
  const timeout = failure.reason === 'timeout' ? 0.3 : 20;
  const [before, bad, after] = await Promise.all([run(fine), run(body, timeout), run(fine)]);
  expect(bad).toMatchObject({ status: 'failed', ...failure });
  expect([valueOf(before), valueOf(after)]).toEqual(['fine', 'fine']);
});

test('a stage whose heap is full fails alone, for lack of memory', async () => {
  const { workers } = one;
  const hoard = 'const all = []; for (;;) all.push(new Array(1000).fill(all.length));';
  const [bad, after] = await Promise.all([
    workers.run(rig.job(hoard), options()),
    workers.run(rig.job(fine), options()),
  ]);
  expect(bad).toMatchObject({ reason: 'memory', code: 'out-of-memory', advice: containing('--jobs') });
  expect(valueOf(after)).toBe('fine');
});

test('a task is not blamed for what an earlier one in its worker left behind', async () => {
  const { workers } = one;
  const leaving = "setTimeout(() => { throw new Error('left behind'); }, 30); return { value: 'left' };";
  const innocent = "await new Promise((resolve) => setTimeout(resolve, 200)); return { value: 'innocent' };";
  const answers = await Promise.all([leaving, innocent].map((body) => workers.run(rig.job(body), options())));
  expect(answers.map((answer) => valueOf(answer))).toEqual(['left', 'innocent']);
});

test('workers run side by side, as many as allowed and no more', async () => {
  const { workers } = rig.executors({ workers: 2 });
  let [now, most] = [0, 0];
  // Each of the first two waits until the other has begun.
  const begun = ['one', 'other'].map((name) => join(rig.folder, `side by side ${name}`));
  const count = ({ message }: { message?: string }) => {
    now += message === 'begin' ? 1 : -1;
    most = Math.max(most, now);
  };
  const pause = 'await new Promise((r) => setTimeout(r, 50));';
  const body = `context.log('begin');
    if (params.own) fs.writeFileSync(params.own, '');
    do ${pause} while (params.other && !fs.existsSync(params.other));
    context.log('end'); return { value: 1 };`;
  const jobs = Array.from({ length: 6 }, (_, index) => {
    const [own, other] = [begun[index], begun[1 - index]];
    return rig.job(body, { params: { ...(own !== undefined && { own }), ...(other !== undefined && { other }) } });
  });
  const onNote = (note: JobNote) => count(note.type === 'log' ? note : {});
  await Promise.all(jobs.map((job) => workers.run(job, options({ onNote }))));
  expect(most).toBe(2);
});

test.each([
  [
    'that listens ends by itself',
    "await new Promise((resolve) => context.signal.addEventListener('abort', resolve)); fs.writeFileSync(params.told, '');",
    true,
  ],
  ['that does not is ended', endless, false],
])('a cancelled stage %s', async (_, body, tells) => {
  const { workers } = tells ? rig.executors({ workers: 1, graceMilliseconds: 60_000 }) : one;
  const stop = new AbortController();
  const [told, begun] = [join(rig.folder, `told ${tells}`), join(rig.folder, `begun ${tells}`)];
  const job = rig.job(`fs.writeFileSync(params.begun, ''); ${body}`, { params: { told, begun } });
  const running = workers.run(job, options({ signal: stop.signal }));
  const waiting = workers.run(rig.job(fine), options({ signal: stop.signal }));
  const other = workers.run(rig.job(fine), options());
  await until(() => existsSync(begun));
  stop.abort();
  expect(await waiting).toMatchObject({ reason: 'cancelled' });
  expect(await running).toMatchObject({ reason: 'cancelled' });
  expect(valueOf(await other)).toBe('fine');
  expect(existsSync(told)).toBe(tells);
});

test('after close everything is cancelled, and nothing runs any more', async () => {
  const executors = rig.executors({ workers: 1 });
  const answers = [endless, fine].map((body) => executors.workers.run(rig.job(body), options()));
  await new Promise((resolve) => setTimeout(resolve, 100));
  await executors.close();
  answers.push(executors.workers.run(rig.job(fine), options()));
  for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ reason: 'cancelled' });
});

test('a program that is not there fails the task and not the run', async () => {
  const executors = rig.executors({ programs: { ...rig.programs, childProcess: join(rig.folder, 'nowhere.js') } });
  const failing = (executor: Executor) => executor.run(rig.job(fine), options());
  expect(await failing(executors.workers)).toMatchObject({
    reason: 'exit',
    code: 'process-not-started',
    message: containing('Cannot find module'),
  });
  expect(await failing(executors.processes)).toMatchObject({ code: 'process-not-started' });
});

test('many tasks on one signal give no warning about listeners', async () => {
  const warnings: Error[] = [];
  const collect = (warning: Error) => warnings.push(warning);
  process.on('warning', collect);
  const { workers } = rig.executors({ workers: 2 });
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 50 }, () => workers.run(rig.job(fine), options({ signal }))));
  process.off('warning', collect);
  expect(warnings).toEqual([]);
});
