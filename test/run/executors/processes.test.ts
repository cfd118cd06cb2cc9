import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect } from '../../../src/run/executors/collect.ts';
import type { JobNote } from '../../../src/run/job.ts';
import { type Rig, containing, createRig, digestOf, leftovers, options, processesWith, until, valueOf } from './rig.ts';

let rig: Rig;
let shared: ReturnType<Rig['executors']>;
beforeAll(async () => {
  rig = await createRig();
  shared = rig.executors({ heapMebibytes: 24 });
});
afterAll(() => rig.close());

const endless = 'for (;;);';

describe('a child process', () => {
  test('runs a job in its scratch folder, tells what it logs and prints, and is gone then', async () => {
    const { processes, runId } = shared;
    const notes: JobNote[] = [];
    const input = rig.stored('array', { shape: [1], data: Float32Array.of(7) });
    const job = rig.job(
      `context.log('note'); context.progress({ epoch: 2 }); console.log('printed'); console.error('warned');
       return { value: [inputs.x.data[0], process.cwd(), process.pid] };`,
      { inputs: { x: { kind: 'one', shape: 'array', files: input } } },
    );
    const answer = await processes.run(job, options({ onNote: (note) => notes.push(note) }));
    expect(valueOf(answer)).toEqual([7, job.scratch, expect.any(Number)]);
    expect(valueOf(answer)).not.toContain(process.pid);
    expect(notes).toHaveLength(4);
    expect(notes).toContainEqual({ type: 'progress', figures: { epoch: 2 } });
    for (const message of ['note', 'printed', 'warned']) expect(notes).toContainEqual({ type: 'log', message });
    expect(leftovers(runId)).toEqual([]);
  });

  test.each([
    ['throws', "throw new Error('no');", { reason: 'threw', message: 'Error: no', detail: containing('.mjs') }],
    [
      'exits',
      "console.error('last words'); process.exit(3);",
      {
        reason: 'exit',
        code: 'process-exit',
        message: "The stage's process ended with exit code 3: last words",
        detail: 'last words',
      },
    ],
    [
      'exits as if all were well',
      'process.exit(0);',
      { reason: 'exit', message: "The stage's process ended with exit code 0." },
    ],
    [
      'is killed',
      "process.kill(process.pid, 'SIGKILL'); for (;;);",
      {
        reason: 'exit',
        code: 'process-killed',
        message: "The stage's process was killed (SIGKILL).",
        advice: containing('memory'),
      },
    ],
    [
      'crashes',
      "process.kill(process.pid, 'SIGSEGV'); for (;;);",
      { reason: 'exit', code: 'process-crashed', message: containing('SIGSEGV, an access to memory') },
    ],
    ['loops for ever', endless, { reason: 'timeout', message: 'The task took longer than 1 s and was ended.' }],
    [
      'rejects behind its back',
      "void Promise.reject(new Error('aside')); return { value: 1 };",
      { reason: 'threw', code: 'unhandled-error', message: 'Error: aside' },
    ],
    [
      'fills its heap',
      'const all = []; for (;;) all.push(new Array(1000).fill(all.length));',
      { reason: 'memory', code: 'out-of-memory', message: "The stage's process ran out of memory." },
    ],
  ])('whose stage %s fails its task with the cause', async (_, body, failure) => {
    const { processes, runId } = shared;
    const timeoutSeconds = failure.reason === 'timeout' ? 1 : 20;
    expect(await processes.run(rig.job(body), options({ timeoutSeconds }))).toMatchObject({
      status: 'failed',
      ...failure,
    });
    expect(leftovers(runId)).toEqual([]);
  });

  test('whose engine crashes keeps the checkpoint, and the next one goes on from there', async () => {
    const { processes } = shared;
    const bundle = rig.file('crashing-engine.mjs', 'export default async () => ({ close() {} });');
    const engine = { name: 'tensorflow', device: 'Tesla T4', bundle, assets: {}, threads: 1, environment: {} };
    const body = `if (await context.checkpoint.load()) return { value: 'went on' };
      await context.checkpoint.save(Uint8Array.of(1));
      process.kill(process.pid, 'SIGSEGV'); for (;;);`;
    const job = rig.job(body, { engine });
    expect(await processes.run(job, options())).toMatchObject({
      reason: 'exit',
      code: 'engine-crashed',
      message: containing('The process of the engine tensorflow was ended by SIGSEGV'),
      advice: containing('`pipe engine install tensorflow --gpu --force`) or take another (`--engine wasm`)'),
    });
    expect(valueOf(await processes.run(job, options()))).toBe('went on');
  });

  test('that holds on to timers and sockets ends when its stage has returned', async () => {
    const { processes } = shared;
    const answer = await processes.run(rig.job('setInterval(() => undefined, 1000); return { value: 1 };'), options());
    expect(valueOf(answer)).toBe(1);
  });

  test.each([
    [
      'that listens may finish what it does',
      "await new Promise((resolve) => context.signal.addEventListener('abort', resolve)); fs.writeFileSync(params.told, '');",
      true,
    ],
    ['that does not listen is killed', endless, false],
  ])('of a cancelled task %s', async (_, body, tells) => {
    const { processes, runId } = tells ? rig.executors({ graceMilliseconds: 60_000 }) : shared;
    const stop = new AbortController();
    const [told, begun] = [join(rig.folder, `child told ${tells}`), join(rig.folder, `child begun ${tells}`)];
    const job = rig.job(`fs.writeFileSync(params.begun, ''); ${body}`, { params: { told, begun } });
    const running = processes.run(job, options({ signal: stop.signal }));
    await until(() => existsSync(begun));
    stop.abort();
    expect(await running).toMatchObject({ reason: 'cancelled' });
    expect(existsSync(told)).toBe(tells);
    expect(leftovers(runId)).toEqual([]);
    expect(await processes.run(job, options({ signal: stop.signal }))).toMatchObject({ reason: 'cancelled' });
  });

  test('is cancelled by closing', async () => {
    const executors = rig.executors();
    const running = executors.processes.run(rig.job(endless), options());
    await until(() => leftovers(executors.runId).length > 0);
    await executors.close();
    expect(await running).toMatchObject({ reason: 'cancelled' });
    expect(processesWith(executors.runId)).toEqual([]);
  });

  test('whose folder is not there fails its task', async () => {
    const { processes } = shared;
    const job = rig.job('return { value: 1 };', { scratch: join(rig.folder, 'nowhere') });
    expect(await processes.run(job, options())).toMatchObject({ reason: 'exit', code: 'process-not-started' });
  });
});

describe('what a child leaves behind', () => {
  const sleeper = (how: string) =>
    `spawn('sh', ['-c', ${JSON.stringify(how)}], { detached: true, stdio: 'ignore' }).unref();`;

  test.each([
    ['a grandchild', 'sleep 100'],
    ['one in a session of its own', 'setsid sleep 100 & exit'],
    ['a daemon, forked twice', '(setsid sh -c "sleep 100 & exit" &)'],
    ['one that ignores polite signals', 'trap "" TERM HUP INT; sleep 100; sleep 100'],
    ['one without our marker in its environment', 'env -u PIPE_TASK sleep 100; sleep 100'],
  ])('is dead before the answer: %s', async (_, how) => {
    const { processes, runId } = shared;
    const answer = await processes.run(
      rig.job(`${sleeper(how)} await new Promise((r) => setTimeout(r, 100)); return { value: 1 };`),
      options(),
    );
    expect(valueOf(answer)).toBe(1);
    expect(leftovers(runId)).toEqual([]);
  });

  test('cannot land what it writes late to an output', async () => {
    const { processes } = shared;
    const writer = 'while :; do [ -e value.json ] && echo 666 > value.json; done';
    const answers = await Promise.all(
      [1, 2, 3].map(() => processes.run(rig.job(`${sleeper(writer)} return { value: 1 };`), options())),
    );
    for (const answer of answers) {
      if (answer.status === 'failed') expect(answer).toMatchObject({ reason: 'output', code: 'overwritten-output' });
      else expect(valueOf(answer)).toBe(1);
    }
  });

  test('is noticed by its bytes when it was faster than us', async () => {
    const path = rig.file('overwritten.json', '666');
    const outputs = { value: { type: 'json' as const, path, digest: digestOf(Buffer.from('1')) } };
    expect(await collect({ kin: { marker: 'PIPE_TASK=none', groups: [] }, outputs, remove: [] })).toMatchObject({
      reason: 'output',
      code: 'overwritten-output',
    });
  });

  test('may be an output that is linked elsewhere: what is kept is a file of its own', async () => {
    const { commands } = shared;
    const elsewhere = join(rig.folder, 'elsewhere.json');
    const job = rig.job('', {
      command: { argv: ['sh', '-c', `echo 1 > ${elsewhere}; ln ${elsewhere} "$0"`, '${outputs.value}'], code: [] },
    });
    const answer = await commands.run(job, options());
    expect(valueOf(answer)).toBe(1);
    const path = answer.status === 'done' ? (answer.outputs.value?.path ?? '') : '';
    await commands.run(
      rig.job('', {
        command: { argv: ['sh', '-c', `echo 2 > ${elsewhere}; echo 1 > "$0"`, '${outputs.value}'], code: [] },
      }),
      options(),
    );
    expect(readFileSync(path, 'utf8')).toBe('1');
  });
});
