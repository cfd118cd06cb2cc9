import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from '../support/fast-check.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunRecord } from '../../src/experiment/index.ts';
import { readIndexFile, writeIndexFile } from '../../src/experiment/index-file.ts';
import type { FieldValue } from '../../src/experiment/run-fields.ts';
import { fieldOf, queryRuns } from '../../src/experiment/run-query.ts';
import { type RunTable, openRunTable, tableOf } from '../../src/experiment/run-table.ts';
import { seal } from '../../src/experiment/seal.ts';
import { machine } from '../../src/store/process-start.ts';
import { nextTick } from '../support/clock-tick.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pipe-run-table-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const runName = (n: number) => `202601${String(1 + (n % 28)).padStart(2, '0')}-000000-${String(n).padStart(8, '0')}`;

function recordOf(n: number, more: Partial<RunRecord> = {}): RunRecord {
  return seal({
    format: 1,
    run: runName(n),
    pipeline: n % 2 === 0 ? 'even' : 'odd',
    spec: '/pipelines/small.yaml',
    overrides: [`params.depth=${n % 5}`],
    params: { depth: n % 5, kernels: [[5, 3]] },
    data: {},
    status: 'done',
    startedAt: '2026-01-01T00:00:00.000Z',
    metrics: { uar: n / 100 },
    process: { machine: 'another', pid: 1, start: '1' },
    environment: { node: '20' } as unknown as RunRecord['environment'],
    files: {},
    ...more,
  });
}

/** Written long enough ago to be put into the index: its ctime cannot be set, so the clock is. */
function write(record: RunRecord): string {
  const folder = join(root, record.pipeline, record.run);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'run.json'), JSON.stringify(record));
  return folder;
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const runsOf = (table = openRunTable(root)) => table.runs.map(({ run }) => run);
const index = () => join(root, '.index');

/** Lists runs as if it were a minute later. */
function later<T>(act: () => T): T {
  const now = Date.now;
  Date.now = () => now() + 60_000;
  try {
    return act();
  } finally {
    Date.now = now;
  }
}

/** Values of a field by run, whatever they come from. */
function valuesOf(field: string, table = openRunTable(root)): Record<string, FieldValue | undefined> {
  const valueOf = table.column(field);
  return Object.fromEntries(table.runs.map(({ run }, row) => [run, valueOf(row)]));
}

describe('a table of runs', () => {
  test('has the newest first, with and without an index', () => {
    for (const n of numbers(60)) write(recordOf(n));
    const sorted = numbers(60).map(runName).sort().reverse();
    expect(later(runsOf)).toEqual(sorted);
    expect(existsSync(index())).toBe(true);
    expect(runsOf()).toEqual(sorted);
  });

  test('has the same values from the index as from the records', () => {
    for (const n of numbers(60)) write(recordOf(n));
    const fresh = later(() => openRunTable(root));
    const remembered = openRunTable(root);
    expect(remembered.fields).toEqual(fresh.fields);
    for (const field of fresh.fields) expect(valuesOf(field, remembered)).toEqual(valuesOf(field, fresh));
    expect(valuesOf('params.kernels')[runName(3)]).toBe('[[5,3]]');
  });

  test('writes no index for a few runs', () => {
    for (const n of numbers(10)) write(recordOf(n));
    later(runsOf);
    expect(existsSync(index())).toBe(false);
  });

  test('puts nothing into the index that was just written: it may change within one tick of the clock', () => {
    for (const n of numbers(60)) write(recordOf(n));
    runsOf();
    expect(existsSync(index())).toBe(false);
  });

  test('of one pipeline leaves the index of the others as it is', () => {
    for (const n of numbers(80)) write(recordOf(n));
    later(() => openRunTable(root));
    for (const n of numbers(80)) write(recordOf(100 + n));
    expect(later(() => openRunTable(root, 'even').runs)).toHaveLength(80);
    expect(readIndexFile(index())?.runs.map(([, runs]) => runs.length)).toEqual([80, 40]);
    expect(runsOf()).toHaveLength(160);
  });
});

describe('a table of runs with an index', () => {
  beforeEach(() => {
    for (const n of numbers(60)) write(recordOf(n));
    later(runsOf);
    nextTick(join(root, 'even', runName(58), 'run.json'));
  });

  test('has what was added, and not what was removed', () => {
    write(recordOf(99));
    rmSync(join(root, 'even', runName(4)), { recursive: true });
    const runs = runsOf();
    expect(runs).toContain(runName(99));
    expect(runs).not.toContain(runName(4));
    expect(runs).toHaveLength(60);
  });

  test('has what a record says now, though its size and time are what they were', () => {
    const file = join(root, 'even', runName(4), 'run.json');
    const { size, mtime } = statSync(file);
    write(recordOf(4, { metrics: { uar: 0.77 } }));
    utimesSync(file, mtime, mtime);
    expect(statSync(file).size).toBe(size);
    expect(valuesOf('metrics.uar')[runName(4)]).toBe(0.77);
  });

  test('names a record that was damaged since, and still lists the others', () => {
    const file = join(root, 'even', runName(4), 'run.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('0.04', '0.94'));
    const { runs, damaged } = openRunTable(root);
    expect(runs).toHaveLength(59);
    expect(damaged).toEqual([{ path: file, detail: 'it does not have its checksum' }]);
  });

  test('names a folder without a record, and passes over what is no folder', () => {
    mkdirSync(join(root, 'even', 'empty'));
    writeFileSync(join(root, 'even', 'notes.txt'), 'mine');
    writeFileSync(join(root, 'README.md'), 'mine');
    const { runs, damaged } = openRunTable(root);
    expect(runs).toHaveLength(60);
    expect(damaged.map(({ path }) => path)).toEqual([join(root, 'even', 'empty', 'run.json')]);
  });

  test('reads a run that is on each time', () => {
    const { files: _files, ...open } = recordOf(70);
    const running = { ...open, status: 'running' as const, process: { machine, pid: 2 ** 30, start: '1' } };
    write(seal({ ...running, process: { machine: 'another', pid: 1, start: '1' } }));
    later(runsOf);
    expect(valuesOf('status')[runName(70)]).toBe('running');
    // Its process is gone.
    write(seal(running));
    expect(valuesOf('status')[runName(70)]).toBe('interrupted');
  });

  describe('that is too large to look at every record', () => {
    const limits = { atLeast: 5, until: 0 };
    const file = () => join(root, 'even', runName(4), 'run.json');
    const rowOf = (table: RunTable) => table.runs.findIndex(({ run }) => run === runName(4));

    test('looks at those that are shown', () => {
      const table = openRunTable(root, undefined, limits);
      expect(table.recheck(table.runs.map((_, row) => row))).toBeUndefined();
      write(recordOf(4, { metrics: { uar: 0.5 } }));
      const before = openRunTable(root, undefined, limits);
      expect(before.column('metrics.uar')(rowOf(before))).toBe(0.04);
      const after = before.recheck([rowOf(before)]);
      expect(after?.column('metrics.uar')(rowOf(after))).toBe(0.5);
      expect(after?.runs).toHaveLength(60);
    });

    test('names those of them that are damaged', () => {
      writeFileSync(file(), '{');
      const before = openRunTable(root, undefined, limits);
      expect(before.damaged).toEqual([]);
      const after = before.recheck([rowOf(before)]);
      expect(after?.damaged.map(({ path }) => path)).toEqual([file()]);
      expect(after?.runs).toHaveLength(59);
    });

    test('still knows what was added and removed', () => {
      write(recordOf(99));
      rmSync(join(root, 'even', runName(4)), { recursive: true });
      const { runs } = openRunTable(root, undefined, limits);
      expect(runs.map(({ run }) => run)).toContain(runName(99));
      expect(runs).toHaveLength(60);
    });

    test('goes on with others while there is time', () => {
      writeFileSync(file(), '{');
      expect(openRunTable(root, undefined, { atLeast: 5, until: Infinity }).damaged).toHaveLength(1);
    });
  });

  test('does without an index that was damaged, cut short, or of another version', () => {
    const whole = readFileSync(index());
    const expected = valuesOf('metrics.uar');
    const flipped = Buffer.from(whole);
    flipped[whole.length - 100] = (flipped[whole.length - 100] ?? 0) ^ 1;
    const renamed = Buffer.from(whole);
    renamed.write('pipe runs 0');
    for (const bytes of [flipped, renamed, whole.subarray(0, 500), Buffer.alloc(0), Buffer.from('no index')]) {
      writeFileSync(index(), bytes);
      expect(readIndexFile(index())).toBeUndefined();
      expect(valuesOf('metrics.uar')).toEqual(expected);
    }
    later(runsOf);
    expect(readIndexFile(index())?.runs.flatMap(([, runs]) => runs)).toHaveLength(60);
  });

  test('does without one that cannot be written', () => {
    rmSync(index());
    mkdirSync(index());
    expect(later(runsOf)).toHaveLength(60);
  });
});

test('an index holds any values by any names', () => {
  const value = fc.oneof(
    fc.string(),
    fc.double({ noNaN: true }).filter((number) => !Object.is(number, -0)),
    fc.boolean(),
  );
  const fields = fc.dictionary(
    fc.string({ minLength: 1 }),
    value.filter((one) => Number.isFinite(one) || typeof one !== 'number'),
  );
  fc.assert(
    fc.property(fc.array(fields, { maxLength: 300 }), (all) => {
      const file = join(root, 'index');
      const rows = all.map((one, n) => ({
        pipeline: 'p\n',
        run: `${n}`,
        stamp: [n, n + 0.5, n * 1e12, 2 ** 52] as const,
        fields: new Map(Object.entries(one)),
      }));
      writeIndexFile(file, rows);
      const read = readIndexFile(file);
      expect(read?.runs).toEqual(rows.length === 0 ? [] : [['p\n', rows.map(({ run }) => run)]]);
      expect(Array.from(read?.stamps ?? [])).toEqual(rows.flatMap(({ stamp }) => stamp));
      for (const [row, { fields: expected }] of rows.entries())
        for (const field of new Set(all.flatMap(Object.keys)))
          expect(read?.column(field)(row)).toBe(expected.get(field));
    }),
    { numRuns: 30 },
  );
});

describe('a query', () => {
  const records = [
    recordOf(1, { metrics: { uar: 0.9 }, sweep: { name: 'depth', id: 'a', trial: 7 } }),
    recordOf(2, { metrics: { uar: 0.1 }, seconds: 5 }),
    recordOf(3, { status: 'failed', metrics: {} }),
    recordOf(4, { metrics: { 'summary permute=none.uar': 0.5, uar: 1 }, seconds: 100 }),
  ];
  // Newest first: 4, 3, 2, 1.
  const table = tableOf(records, []);
  const ask = (where: readonly string[], sort: readonly string[] = []) =>
    queryRuns(table, { where, sort }).map((row) => Number(table.runs[row]?.run.slice(-1)));

  test.each<[string, readonly number[]]>([
    ['status=done', [4, 2, 1]],
    ['status!=done', [3]],
    ['uar>0.5', [4, 1]],
    ['uar >= 0.9', [4, 1]],
    ['metrics.uar<0.9', [2]],
    ['uar<=0.1', [2]],
    ['depth=3', [3]],
    ['params.depth>2', [4, 3]],
    ['pipeline~EVE', [4, 2]],
    ['pipeline!~eve', [3, 1]],
    ['sweep=depth', [1]],
    ['trial=7', [1]],
    ['sweep!=depth', [4, 3, 2]],
    ['seconds=', [3, 1]],
    ['summary permute=none.uar=0.5', [4]],
    ['error.code=', [4, 3, 2, 1]],
    ['overrides~depth=3', [3]],
    ['startedAt>=2026-01-01', [4, 3, 2, 1]],
  ])('%s gives %j', (where, runs) => {
    expect(ask([where])).toEqual(runs);
  });

  test.each(['uar=much', 'uar!=much', 'uar>0,5', 'uar>='])(
    '%s, of which no number can be true, is refused',
    (where) => {
      expect(() => ask([where])).toThrow(/is not a number/);
    },
  );

  test('takes several conditions together', () => {
    expect(ask(['status=done', 'uar>0.5', 'pipeline=odd'])).toEqual([1]);
  });

  test('sorts by numbers, either way, with what has none at the end', () => {
    expect(ask([], ['uar'])).toEqual([2, 1, 4, 3]);
    expect(ask([], ['-uar'])).toEqual([4, 1, 2, 3]);
    expect(ask([], ['seconds'])).toEqual([2, 4, 3, 1]);
  });

  test('sorts by several fields, and else the newest first', () => {
    expect(ask([], ['pipeline', '-uar'])).toEqual([4, 2, 1, 3]);
    expect(ask([], ['pipeline'])).toEqual([4, 2, 3, 1]);
  });

  test.each([
    ['uarr>0.8', 'unknown-field', /Did you mean `uar`/],
    ['params.dept=3', 'unknown-field', /Did you mean `params.depth`/],
    ['nothing like it=3', 'unknown-field', /Fields: /],
    ['uar', 'bad-filter', /--where/],
    ['=3', 'bad-filter', /FIELD/],
    ['', 'bad-filter', /FIELD/],
    ['uar!0.8', 'bad-filter', /FIELD/],
  ])("'%s' is refused: %s", (where, code, advice) => {
    expect(() => ask([where])).toThrow(
      expect.objectContaining({ code, exitCode: 2, advice: expect.stringMatching(advice) as string }) as Error,
    );
  });

  test('of no runs knows every field', () => {
    expect(fieldOf('anything', tableOf([], []))).toBe('anything');
  });
});
