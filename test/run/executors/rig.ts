import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { type Executors, type ExecutorsOptions, createExecutors } from '../../../src/run/executors/index.ts';
import { type Programs, programsIn } from '../../../src/run/executors/programs.ts';
import type { FileReference, Job, JobAnswer, JobNote } from '../../../src/run/job.ts';
import type { ArtifactType, ArtifactValues } from '../../../src/stage/index.ts';
import { encodeArtifact } from '../../../src/stage/codecs/index.ts';
import type { ActionKey, Digest } from '../../../src/store/types.ts';

/** A temporary folder with stages, artifacts and executors, all gone after `close`. */
export interface Rig {
  readonly folder: string;
  readonly programs: Programs;
  executors(options?: Partial<ExecutorsOptions>): Executors & { readonly runId: string };
  /** Writes an artifact as the store has it. */
  stored<T extends ArtifactType>(type: T, value: ArtifactValues[T]): FileReference;
  /** A job for a stage whose `run` has this body; `more` replaces its other fields. */
  job(body: string, more?: Partial<Job>): Job;
  /** The same for a stage module with this text. */
  moduleJob(text: string, more?: Partial<Job>): Job;
  file(name: string, text: string): string;
  close(): Promise<void>;
}

export async function createRig(): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-executors-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const programs = await buildPrograms(join(folder, 'programs'));
  const opened: Executors[] = [];
  const moduleJob = (text: string, more: Partial<Job> = {}): Job => {
    const name = randomUUID();
    const scratch = join(folder, 'scratch', name);
    mkdirSync(scratch, { recursive: true });
    const bundle = join(folder, `${createHash('sha256').update(text).digest('hex')}.mjs`);
    // Not written again, since a child may be reading it.
    if (!existsSync(bundle)) writeFileSync(bundle, text);
    return {
      key: name as ActionKey,
      title: 'stage item',
      stageType: 'test/stage',
      bundle,
      assets: {},
      params: {},
      inputs: {},
      outputs: { value: 'json' },
      scratch,
      checkpoint: join(folder, 'checkpoints', name),
      ...more,
    };
  };
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  return {
    folder,
    programs,
    executors(options = {}) {
      const runId = randomUUID();
      const made = createExecutors({ workers: 2, runId, programs, graceMilliseconds: 200, ...options });
      opened.push(made);
      return { ...made, runId: options.runId ?? runId };
    },
    stored(type, value) {
      const bytes = encodeArtifact(type, value);
      const digest = digestOf(bytes);
      writeFileSync(join(folder, digest), bytes);
      return { path: join(folder, digest), digest, type };
    },
    job: (body, more) => moduleJob(stageText(body), more),
    moduleJob,
    file,
    async close() {
      await Promise.all(opened.map((executors) => executors.close()));
      rmSync(folder, { recursive: true });
    },
  };
}

const stageText = (body: string) => `
  import * as fs from 'node:fs';
  import * as path from 'node:path';
  import { spawn } from 'node:child_process';
  export default { async run(inputs, params, context) { ${body} } };`;

export function digestOf(bytes: Uint8Array): Digest {
  return createHash('sha256').update(bytes).digest('hex') as Digest;
}

/** vitest's matchers, whose own type is `any`. */
export const containing = (text: string): unknown => expect.stringContaining(text);
export const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

export interface RunOptions {
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
  readonly onNote?: (note: JobNote) => void;
}

/** Options of `Executor.run`, where nothing matters. */
export const options = (given: RunOptions = {}) => ({
  signal: new AbortController().signal,
  onNote: () => undefined,
  ...given,
});

/** What a `json` output of an answer holds. */
export function valueOf(answer: JobAnswer, name = 'value'): unknown {
  if (answer.status !== 'done')
    throw new Error(`${answer.reason} ${answer.code}: ${answer.message}\n${answer.detail ?? ''}`);
  const output = answer.outputs[name];
  if (output === undefined) throw new Error(`no output ${name}`);
  const bytes = readFileSync(output.path);
  if (digestOf(bytes) !== output.digest || bytes.length !== output.size)
    throw new Error(`${name} is not what was promised`);
  return JSON.parse(bytes.toString());
}

/** Ids of living processes whose environment has this text. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/environ`, 'latin1').includes(text) &&
          !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** The same without the workers that are kept for later tasks, which run in the folder for temporary files. */
export function leftovers(runId: string): number[] {
  return processesWith(`PIPE_RUN=${runId}`).filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) !== tmpdir();
    } catch {
      return false;
    }
  });
}

/** Waits until something holds; throws after a minute. */
export async function until(holds: () => boolean): Promise<void> {
  for (const start = performance.now(); !holds();) {
    if (performance.now() > start + 60_000) throw new Error(`never: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Our programs as they are in the sources now. */
async function buildPrograms(folder: string): Promise<Programs> {
  const source = (name: string) => fileURLToPath(new URL(`../../../src/run/${name}.ts`, import.meta.url));
  await build({
    entryPoints: ['child-process', 'reaper'].map(source),
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    logLevel: 'error',
  });
  return programsIn(folder);
}
