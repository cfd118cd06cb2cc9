// What a shared worker costs for a task that does nothing, and for one that reads and writes 100 KB: wall time and the
// coordinator's own time. The target for a task that does nothing is 50 us, amortised.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExecutors } from '../src/run/executors/index.ts';
import type { Job } from '../src/run/job.ts';
import { encodeArtifact } from '../src/stage/codecs/index.ts';
import { sha256 } from '../src/run/executors/whole-file.ts';
import type { ActionKey } from '../src/store/types.ts';
import { reportRow } from './support/row.ts';

const tasks = 8000;
const blocks = 8;
const folder = mkdtempSync(join(tmpdir(), 'pipe-bench-'));
const bytes = encodeArtifact('waveform', { sampleRate: 16000, samples: new Float32Array(25_000) });
writeFileSync(join(folder, 'input.wav'), bytes);
writeFileSync(join(folder, 'stage.mjs'), 'export default { run: ({ audio }) => (audio ? { audio } : {}) };');

const job = (more: Partial<Job>): Job => ({
  key: 'bench' as ActionKey,
  title: 'bench',
  stageType: 'bench',
  bundle: join(folder, 'stage.mjs'),
  assets: {},
  params: {},
  inputs: {},
  outputs: {},
  scratch: folder,
  checkpoint: join(folder, 'checkpoint'),
  ...more,
});
const audio = { path: join(folder, 'input.wav'), digest: sha256(bytes), type: 'waveform' } as const;
const kinds = {
  nothing: job({}),
  'copy 100 KB': job({
    inputs: { audio: { kind: 'one', shape: 'waveform', files: audio } },
    outputs: { audio: 'waveform' },
  }),
};

try {
  for (const workers of [1, 2]) {
    const executors = createExecutors({ workers, runId: randomUUID() });
    for (const [name, task] of Object.entries(kinds)) {
      for (const atOnce of [workers, 4 * workers]) await measure(name, task, workers, atOnce, executors.workers);
    }
    await executors.close();
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(
  name: string,
  task: Job,
  workers: number,
  atOnce: number,
  executor: ReturnType<typeof createExecutors>['workers'],
): Promise<void> {
  const options = { signal: new AbortController().signal, onNote: () => undefined };
  const runAll = (count: number): Promise<unknown> => {
    let left = count;
    const loop = async (): Promise<void> => {
      while (left-- > 0) {
        const answer = await executor.run(task, options);
        if (answer.status === 'failed') throw new Error(answer.message);
      }
    };
    return Promise.all(Array.from({ length: atOnce }, loop));
  };
  await runAll(tasks / 8);
  const cpu = process.cpuUsage();
  const ours: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const started = performance.now();
    await runAll(tasks / blocks);
    ours.push(((performance.now() - started) * 1000) / (tasks / blocks));
  }
  const { user, system } = process.cpuUsage(cpu);
  reportRow({
    what: `round trip of a task, ${name}, ${workers} worker(s), ${atOnce} at once`,
    unit: 'us',
    ours,
    ...(name === 'nothing' ? { aim: 50 } : {}),
    note: `coordinator ${((user + system) / tasks).toFixed(0)} us of CPU`,
  });
}
