import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seal } from '../../src/experiment/seal.ts';
import type { ActionKey, Lease } from '../../src/store/types.ts';
import { openSweep } from '../../src/sweep/read-sweep.ts';
import { withStartLease } from '../../src/sweep/start-lease.ts';
import type { FinalRun, SweepRecord, TrialRecord } from '../../src/sweep/sweep-record.ts';
import { type SweepFacts, type SweepWriter, openSweepWriter } from '../../src/sweep/sweep-writer.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipe-sweep-writer-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const facts: SweepFacts = {
  name: 'some',
  spec: 'sweep.yaml',
  pipeline: { name: 'toy', file: 'toy.yaml' },
  overrides: [],
  data: {},
  definition: {},
  space: [],
  strategy: { kind: 'grid' },
  objective: { text: 'm.h.d', direction: 'maximise', stage: 'm', output: 'h', field: ['d'] },
  budget: {},
  parallel: 1,
  choice: 'pooled',
};

const open = (): SweepWriter => openSweepWriter(folder, facts, 'sweep: {}', { isNew: false });

/** Makes a record say something else. */
function change(sweep: string, changed: (record: SweepRecord) => SweepRecord): void {
  const path = join(sweep, 'sweep.json');
  const { sum: _, ...record } = JSON.parse(readFileSync(path, 'utf8')) as SweepRecord;
  writeFileSync(path, JSON.stringify(seal(changed(record))));
}

/** Says of the newest record whose it is. */
function give(sweep: string, owner: Partial<SweepRecord['process']>): void {
  change(sweep, (record) => ({ ...record, process: { ...record.process, ...owner } }));
}

describe('a sweep that says it is on', () => {
  test('is so where a process of the same number runs on another machine', () => {
    const { folder: sweep, id } = open();
    give(sweep, { machine: 'elsewhere' });
    expect(open).toThrow(`The sweep some is on: ${id}`);
  });

  test('goes on where its process was an earlier one of the same number', () => {
    const { folder: sweep, id } = open();
    give(sweep, { start: '1' });
    expect(open().id).toBe(id);
  });
});

describe('the times of a sweep that is started again', () => {
  const hour = 3600;

  test('add up, and tell when the newest start began', () => {
    const first = open();
    expect(openSweep(first.folder).record.resumedAt).toBeUndefined();
    first.close({ status: 'interrupted' });
    change(first.folder, (record) => ({ ...record, startedAt: '2026-01-01T00:00:00.000Z', seconds: 12 * hour }));
    const before = Date.now();
    const second = open();
    const { startedAt, resumedAt = '', seconds } = openSweep(second.folder).record;
    expect([startedAt, seconds]).toEqual(['2026-01-01T00:00:00.000Z', 12 * hour]);
    expect(Date.parse(resumedAt)).toBeGreaterThanOrEqual(before);
    second.close({ status: 'done' });
    const { record } = openSweep(second.folder);
    expect(record.seconds).toBeGreaterThan(12 * hour);
    expect(record.seconds).toBeLessThan(12 * hour + 60);
  });

  test('count one that was killed until its last trial', () => {
    const { folder: sweep } = open();
    writeFileSync(join(sweep, 'trials.jsonl'), '');
    utimesSync(join(sweep, 'trials.jsonl'), new Date(), new Date('2026-01-01T03:00:00Z'));
    give(sweep, { start: '1' });
    change(sweep, (record) => ({ ...record, startedAt: '2026-01-01T00:00:00.000Z' }));
    open().close({ status: 'done' });
    expect(openSweep(sweep).record.seconds).toBeCloseTo(3 * hour, -2);
  });
});

describe('a final run', () => {
  const final = (overrides: readonly string[], status: FinalRun['status']): FinalRun => ({
    run: 'toy/1',
    overrides,
    status,
    headline: [],
  });
  const statuses = (sweep: string) => openSweep(sweep).record.final?.map(({ status }) => status);

  test('is on record from its beginning, and was interrupted if the sweep ends in it', () => {
    const writer = open();
    writer.final(final(['a=1'], 'running'));
    expect(statuses(writer.folder)).toEqual(['running']);
    writer.close({ status: 'failed' });
    expect(statuses(writer.folder)).toEqual(['interrupted']);
  });

  test('was interrupted if the process of the sweep is gone', () => {
    const writer = open();
    writer.final(final(['a=1'], 'running'));
    give(writer.folder, { start: '1' });
    expect(statuses(writer.folder)).toEqual(['interrupted']);
  });

  test('takes the place of the same one, but stays done while it is done again', () => {
    const writer = open();
    writer.final(final(['a=1'], 'failed'));
    writer.final(final(['a=2'], 'running'));
    writer.final(final(['a=2'], 'done'));
    writer.final(final(['a=2'], 'running'));
    expect(statuses(writer.folder)).toEqual(['failed', 'done']);
    expect(writer.finals()).toHaveLength(2);
  });
});

describe('a trial of successive halving', () => {
  const rung = (epochs: number) => ({ epochs, objective: 0.5, replicates: [] });
  const trial = (status: TrialRecord['status'], epochs: readonly number[]): TrialRecord => ({
    search: '',
    trial: 1,
    configuration: {},
    overrides: [],
    status,
    replicates: [],
    objective: 0.5,
    rungs: epochs.map(rung),
    cost: { seconds: 1 },
    run: 'toy/1',
  });

  test('keeps a later rung that is on record, until it is settled that none comes', () => {
    open().trial(trial('done', [2, 4]));
    const writer = open();
    const now = () => openSweep(writer.folder).trials[0]?.status;
    writer.trial(trial('paused', [2]));
    expect(now()).toBe('done');
    writer.trial(trial('paused', [2]), true);
    expect(now()).toBe('paused');
  });
});

describe('a start', () => {
  const lease: Lease = { key: 'k' as ActionKey };
  const patience = { tries: 5, pause: 1 };

  test('waits for another one that finds out just now, and gives its right back', async () => {
    const free = [undefined, undefined, lease];
    const given: Lease[] = [];
    const store = { tryLease: () => free.shift(), release: (one: Lease) => given.push(one) };
    expect(await withStartLease(store, folder, 'some', () => 7, patience)).toBe(7);
    expect(given).toEqual([lease]);
  });

  test('is refused where the other one does not come to an end', async () => {
    const store = { tryLease: () => undefined, release: () => undefined };
    await expect(withStartLease(store, folder, 'some', () => 7, patience)).rejects.toThrow(
      'The sweep some is being started by another process.',
    );
  });
});
