import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { versions } from 'node:process';
import { packageRoot } from '../package-root.ts';
import type { Graph } from '../plan/graph-types.ts';

/** Where a run was made. None of it is in a key: it is kept to explain a difference, should one ever be seen. */
export interface Environment {
  readonly node: string;
  readonly pipe: string;
  /** SHA-256 of package-lock.json, which names every package, and the versions of our own dependencies. */
  readonly packageLock: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Of the folder that the pipeline lies in; undefined where there is no git. */
  readonly git?: GitState;
}

export interface GitState {
  readonly commit: string;
  /** Files differ from the commit, or are not in it. */
  readonly dirty: boolean;
}

export function describeEnvironment(): Environment {
  const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
    dependencies: Record<string, string>;
  };
  return {
    node: versions.node,
    pipe: manifest.version,
    packageLock: lockDigest(),
    packages: manifest.dependencies,
    system: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
  };
}

/** What computes tensors, by stage: a key has the digest of an engine's code, people know it by its library. */
export function enginesOf({ stages }: Graph): Record<string, string> {
  return Object.fromEntries(
    stages.flatMap(({ node, code: { engine } }) => {
      if (engine === undefined) return [];
      const { name, library, threads } = engine;
      const text = `${library === undefined ? name : `${name} (${library})`}, ${threads} thread${threads === 1 ? '' : 's'}`;
      return [[node.name, text]];
    }),
  );
}

/** Commit and cleanness of the working tree around `folder`. Never rejects. */
export function gitState(folder: string): Promise<GitState | undefined> {
  return new Promise((resolve) => {
    const options = { cwd: folder, timeout: 5000, maxBuffer: 64 * 1024 * 1024 };
    execFile('git', ['status', '--porcelain=v2', '--branch'], options, (error, output) => {
      const commit = /^# branch\.oid ([0-9a-f]+)$/m.exec(output)?.[1];
      resolve(error !== null || commit === undefined ? undefined : { commit, dirty: /^[^#\n]/m.test(output) });
    });
  });
}

function lockDigest(): string {
  try {
    return createHash('sha256')
      .update(readFileSync(join(packageRoot, 'package-lock.json')))
      .digest('hex');
  } catch {
    return 'none';
  }
}
