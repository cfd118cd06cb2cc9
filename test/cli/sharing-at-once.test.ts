import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readBundle } from '../../src/experiment/bundle/read-bundle.ts';
import { unpackBundle } from '../../src/experiment/bundle/unpack-bundle.ts';
import { writeBundle } from '../../src/experiment/bundle/write-bundle.ts';
import { openRun } from '../../src/experiment/find-runs.ts';
import { openStore } from '../../src/store/index.ts';
import type { ActionKey, Digest, Store } from '../../src/store/types.ts';
import { type ToyProject, createToyProject } from '../support/toy-project.ts';

const { signal } = new AbortController();
let project: ToyProject;
let own: Store;
beforeAll(async () => {
  project = createToyProject('pipe-sharing-');
  expect(await project.run()).toMatchObject({ exitCode: 0 });
  own = await openStore(project.path('artifacts'), { readOnly: true });
}, 60_000);
afterAll(async () => {
  await own.close();
  project.remove();
});

const writeTo = (file: string) =>
  writeBundle(openRun(project.path('experiments'), 'last'), own, file, new Set(['all']), signal);

describe('exports at the same moment', () => {
  it('write a file once, and whole', async () => {
    const file = project.path('once.tar.gz');
    const outcomes = await Promise.allSettled([writeTo(file), writeTo(file)]);
    expect(outcomes).toContainEqual(expect.objectContaining({ status: 'fulfilled' }));
    expect(outcomes).toContainEqual({
      status: 'rejected',
      reason: expect.objectContaining({ code: 'file-exists' }) as unknown,
    });
    expect(readdirSync(project.folder).filter((name) => name.startsWith('once'))).toEqual(['once.tar.gz']);
    await unpackBundle(file, mkdtempSync(project.path('unpacked-')), signal);
  });

  it('replace nothing that somebody has written meanwhile', async () => {
    const file = project.path('mine.tar.gz');
    const written = writeTo(file);
    writeFileSync(file, 'mine');
    await expect(written).rejects.toMatchObject({ code: 'file-exists', exitCode: 2 });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(readdirSync(project.folder).filter((name) => name.startsWith('mine'))).toEqual(['mine.tar.gz']);
  });
});

describe('an import beside', () => {
  let other: string;
  let importing: Store;
  /** Another process. */
  let peer: Store;
  const bundle = () => project.path('run.tar.gz');
  beforeEach(async () => {
    if (!existsSync(bundle())) await writeTo(bundle());
    other = mkdtempSync(project.path('other-'));
    importing = await openStore(join(other, 'artifacts'), { runId: 'import' });
    peer = await openStore(join(other, 'artifacts'), { runId: 'peer' });
  });
  afterEach(async () => {
    await Promise.all([importing.close(), peer.close()]);
    rmSync(other, { recursive: true, force: true });
  });

  const take = (tryLease: Store['tryLease'] = importing.tryLease) =>
    readBundle(bundle(), join(other, 'experiments'), { ...importing, tryLease }, signal);

  it('a run keeps the artifacts that the run has made since it looked', async () => {
    const made: ActionKey[] = [];
    const { others } = await take((key) => {
      if (made.length === 0) {
        made.push(key);
        const path = join(peer.scratch(key), 'output');
        writeFileSync(path, 'other bytes');
        const digest = createHash('sha256').update('other bytes').digest('hex') as Digest;
        const lease = peer.tryLease(key) ?? expect.fail('the key is leased');
        peer.commit(lease, { output: { path, digest, size: 11 } }, 1);
      }
      return importing.tryLease(key);
    });
    expect(others).toBe(1);
    const key = made[0] ?? expect.fail('nothing was imported');
    expect(Object.keys(peer.lookup(key)?.outputs ?? {})).toEqual(['output']);
    expect(peer.leaseHolder(key)).toBeUndefined();
  });

  it('an import of the same bundle waits for what that one is at', async () => {
    const leased: ActionKey[] = [];
    const { others } = await take((key) => {
      if (leased.length === 0) leased.push(peer.tryLease(key)?.key ?? expect.fail('the key is leased'));
      else if (leased[0] === key) copyTask(key);
      return importing.tryLease(key);
    });
    expect(leased).toHaveLength(1);
    expect(others).toBe(0);
  });

  /** What the import of the peer does with the key that it has. */
  function copyTask(key: ActionKey): void {
    const { outputs, seconds } = own.lookup(key) ?? expect.fail('the key is not in the store of the run');
    const produced = Object.entries(outputs).map(([name, output]) => {
      const path = join(peer.scratch(key), name);
      copyFileSync(own.objectPath(output.digest), path);
      return [name, { ...output, path }] as const;
    });
    peer.commit({ key }, Object.fromEntries(produced), seconds);
  }

  it('one that ends at this moment is not disturbed by its folder, which goes', async () => {
    mkdirSync(join(other, 'experiments'));
    // Listed, but not there any more.
    symlinkSync(join(other, 'gone'), join(other, 'experiments', '.import-gone'));
    await expect(take()).resolves.toMatchObject({ wasThere: false, others: 0 });
  });
});
