import { hash } from 'node:crypto';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeEnvironment } from '../../src/experiment/environment.ts';
import { type RunRecord, type RunStatus, recordFiles, recordFormat } from '../../src/experiment/run-record.ts';
import { seal } from '../../src/experiment/seal.ts';
import { createVariant, pipelineText, roles, type Variant } from './made-up-record.ts';

/** A workspace with records of runs that never were. */
export interface MadeUpRuns {
  /** The workspace, and its `experiments/`. */
  readonly folder: string;
  readonly experiments: string;
  /** Oldest first. */
  readonly runs: readonly MadeUpRun[];
  remove(): void;
}

export interface MadeUpRun {
  readonly pipeline: string;
  readonly run: string;
  readonly status: RunStatus;
}

const pipelines = ['emodb', 'savee', 'ravdess'];

/** So many sets of parameters and predictions there are; runs that share one have hard links to the same files. */
const variantCount = 100;

/**
 * `count` sealed records, a minute apart: 339 units of 10 clusters and 5 replicates each, all files as large as those of
 * a run on Emo-DB. Of 50 runs one failed and one was interrupted.
 */
export function createMadeUpRuns(count: number): MadeUpRuns {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-made-up-runs-'));
  const experiments = join(folder, 'experiments');
  const originals = join(folder, 'originals');
  for (const path of [experiments, originals, join(folder, 'artifacts')]) mkdirSync(path);
  const environment = describeEnvironment();
  const variants = Array.from({ length: Math.min(count, variantCount) }, (_, n) => createVariant(n));
  for (const variant of variants) writeOriginals(join(originals, String(variant.number)), variant);
  const runs = Array.from({ length: count }, (_, n): MadeUpRun => {
    const variant = variants[n % variants.length];
    if (variant === undefined) throw new Error('there are no variants');
    const record = recordOf(n, variant, environment);
    const path = join(experiments, record.pipeline, record.run);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, recordFiles.run), JSON.stringify(record, undefined, 2));
    for (const name of Object.keys(record.files ?? {}))
      linkSync(join(originals, String(variant.number), name), join(path, name));
    return record;
  });
  return { folder, experiments, runs, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function writeOriginals(folder: string, { files }: Variant): void {
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

function recordOf(n: number, variant: Variant, environment: RunRecord['environment']): RunRecord {
  const started = new Date(Date.UTC(2026, 0, 1) + n * 60_000);
  const [date = '', time = ''] = started.toISOString().replaceAll(/[-:]/g, '').split('T');
  const status = n % 50 === 7 ? 'failed' : n % 50 === 23 ? 'interrupted' : 'done';
  const seconds = 20 + (n % 37);
  const record: RunRecord = {
    format: recordFormat,
    run: `${date}-${time.slice(0, 6)}-${hash('sha256', `run ${n}`).slice(0, 8)}`,
    pipeline: pipelines[n % pipelines.length] ?? 'emodb',
    spec: '/experiments/pipelines/emodb.yaml',
    overrides: variant.overrides,
    params: variant.params,
    data: { emodb: '/corpora/emodb/wav' },
    status,
    startedAt: started.toISOString(),
    endedAt: new Date(started.getTime() + seconds * 1000).toISOString(),
    seconds,
    counts: { cached: 1700 + (n % 100), done: 151 - (n % 100), failed: status === 'failed' ? 1 : 0, skipped: 0 },
    tasks: hash('sha256', `tasks ${variant.number}`),
    process: { machine: 'made-up', pid: 1, start: '1' },
    environment: { ...environment, git: { commit: hash('sha1', `commit ${n % 20}`), dirty: n % 3 === 0 } },
    engines: { model: 'wasm, 1 thread', answers: 'wasm, 1 thread' },
    roles,
    ...(status === 'done'
      ? { headline: variant.headline, metrics: variant.metrics, tested: variant.tested, files: digests(variant.files) }
      : { headline: [], files: digests({ [recordFiles.pipeline]: pipelineText() }) }),
  };
  return seal(record);
}

const known = new Map<string, string>();

/** SHA-256 by name; each text once. */
function digests(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => {
      const digest = known.get(text) ?? hash('sha256', text);
      known.set(text, digest);
      return [name, digest];
    }),
  );
}
