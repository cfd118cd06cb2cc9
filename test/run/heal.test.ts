import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ActionKey, Store } from '../../src/store/types.ts';
import { type HealRig, type HealRun, type Start, createHealRig, failedBy } from './heal-project.ts';

let rig: HealRig;
beforeEach(async () => (rig = await createHealRig()));
afterEach(() => rig.close());

/** Removes what a stage has made before the inputs are read. */
const spoiling =
  (...stages: readonly string[]): Start =>
  (work) => {
    for (const stage of stages) rig.spoil(stage);
    return work();
  };

function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

/** What was told before is dealt with by then. */
const aMomentLater = () => new Promise((resolve) => setTimeout(resolve, 50));

const times = ({ started }: HealRun, title: string) => started.filter((one) => one === title).length;

function expectAllDone(run: HealRun, stages: Readonly<Record<string, string>>): void {
  expect(run.statuses).toEqual(Object.fromEntries(Object.keys(stages).map((name) => [name, 'settled'])));
  expect(run.counts).toMatchObject({ failed: 0, skipped: 0 });
  expect(run.events.filter(({ type }) => type === 'task-failed')).toEqual([]);
}

/** Nothing is recorded under a key that it does not belong to: another run has nothing to do. */
async function expectRecorded(stages: Readonly<Record<string, string>>): Promise<void> {
  expect((await rig.run(stages)).started).toEqual([]);
}

const fork = { base: '', left: 'base', right: 'base', both: 'left right' };

describe('an artifact that is gone, with several readers', () => {
  test('is made again before the readers that are queued', async () => {
    const run = await rig.run(fork, { starts: { right: [spoiling('base')] } });
    expectAllDone(run, fork);
    expect(run.started).toEqual(['base', 'right', 'base', 'right', 'left', 'both']);
    await expectRecorded(fork);
  });

  test('is made again once, where another reader finds it while it is being made', async () => {
    const [again, found] = [gate(), gate()];
    const run = await rig.run(fork, {
      jobs: 2,
      starts: {
        base: [
          undefined,
          async (work) => {
            again.open();
            await found.opened;
            await aMomentLater();
            return work();
          },
        ],
        left: [spoiling('base')],
        right: [
          async (work) => {
            await again.opened;
            found.open();
            return work();
          },
        ],
      },
    });
    expectAllDone(run, fork);
    expect([times(run, 'base'), times(run, 'left'), times(run, 'right')]).toEqual([2, 2, 2]);
  });

  test('is left in peace by a reader that tells of it when it is there again', async () => {
    const again = gate();
    const run = await rig.run(fork, {
      jobs: 2,
      starts: {
        left: [
          undefined,
          (work) => {
            again.open();
            return work();
          },
        ],
        right: [
          async (work) => {
            const answer = spoiling('base')(work);
            await again.opened;
            return answer;
          },
        ],
      },
    });
    expectAllDone(run, fork);
    expect([times(run, 'base'), times(run, 'right')]).toEqual([2, 2]);
  });

  test('is waited for by a reader that waited for something else', async () => {
    const stages = { base: '', slow: '', left: 'base', both: 'base slow' };
    const [again, done] = [gate(), gate()];
    const run = await rig.run(stages, {
      jobs: 2,
      starts: {
        base: [
          undefined,
          async (work) => {
            again.open();
            await done.opened;
            await aMomentLater();
            return work();
          },
        ],
        slow: [
          async (work) => {
            await again.opened;
            done.open();
            return work();
          },
        ],
        left: [spoiling('base')],
      },
    });
    expectAllDone(run, stages);
    expect(times(run, 'both')).toBe(1);
    await expectRecorded(stages);
  });

  test('is waited for by a reader that another run was at', async () => {
    let isAway = true;
    const asked = new Set<ActionKey>();
    // The third one is that of `left`, after `base` and `right`.
    const tryLease: Store['tryLease'] = (key) =>
      asked.add(key).size > 2 && isAway && key === [...asked][2] ? undefined : rig.store.tryLease(key);
    const run = await rig.run(fork, {
      jobs: 2,
      store: { tryLease },
      starts: {
        base: [
          undefined,
          async (work) => {
            isAway = false;
            // It is asked for several times.
            await new Promise((resolve) => setTimeout(resolve, 350));
            return work();
          },
        ],
        right: [spoiling('base')],
      },
    });
    expectAllDone(run, fork);
    expect([times(run, 'left'), times(run, 'right')]).toEqual([1, 2]);
  });

  test('gives its readers new keys where it is made again with other bytes', async () => {
    const run = await rig.run(fork, {
      starts: { base: [undefined, (work) => work(' and more')], right: [spoiling('base')] },
    });
    expectAllDone(run, fork);
    await expectRecorded(fork);
  });
});

describe('several artifacts that are gone', () => {
  const chain = { base: '', middle: 'base', end: 'middle', other: 'middle base' };

  test('are made again one after another where one is made of the other', async () => {
    const run = await rig.run(chain, { starts: { end: [spoiling('middle', 'base')] } });
    expectAllDone(run, chain);
    expect([times(run, 'base'), times(run, 'middle')]).toEqual([2, 3]);
    await expectRecorded(chain);
  });

  test('are made again one after another where one task reads both', async () => {
    const stages = { one: '', two: '', both: 'one two' };
    const run = await rig.run(stages, { starts: { both: [spoiling('one', 'two')] } });
    expectAllDone(run, stages);
    expect([times(run, 'one'), times(run, 'two')]).toEqual([2, 2]);
  });
});

describe('an artifact that is gone and cannot be made again', () => {
  const failing: Start = () => failedBy('threw', 'broken');

  test.each([true, false])('skips all of its readers (keepGoing: %s)', async (keepGoing) => {
    const stages = { ...fork, aside: '' };
    const run = await rig.run(stages, { keepGoing, starts: { base: [undefined, failing], right: [spoiling('base')] } });
    expect(run.counts).toMatchObject({ failed: 1, skipped: keepGoing ? 3 : 1 + 2 });
    expect(run.statuses).toMatchObject({ base: 'failed', right: 'skipped', both: 'skipped' });
    expect([times(run, 'left'), times(run, 'right'), times(run, 'both')]).toEqual([0, 1, 0]);
    const skipped = run.events.flatMap((event) => (event.type === 'task-skipped' ? [event] : []));
    for (const { because } of skipped) expect(because.stage).toBe('base');
  });

  test('skips a reader that finds it afterwards', async () => {
    const broken = gate();
    const run = await rig.run(fork, {
      jobs: 2,
      keepGoing: true,
      starts: {
        base: [
          undefined,
          () => {
            broken.open();
            return failedBy('threw', 'broken');
          },
        ],
        left: [spoiling('base')],
        right: [
          async (work) => {
            await broken.opened;
            await aMomentLater();
            return work();
          },
        ],
      },
    });
    expect(run.counts).toMatchObject({ failed: 1, skipped: 3 });
    expect(run.statuses).toEqual({ base: 'failed', left: 'skipped', right: 'skipped', both: 'skipped' });
  });

  test('skips a reader that waited for something else', async () => {
    const stages = { base: '', slow: '', left: 'base', both: 'base slow', last: 'both' };
    const broken = gate();
    const run = await rig.run(stages, {
      jobs: 2,
      keepGoing: true,
      starts: {
        base: [
          undefined,
          () => {
            broken.open();
            return failedBy('threw', 'broken');
          },
        ],
        slow: [
          async (work) => {
            await broken.opened;
            await aMomentLater();
            return work();
          },
        ],
        left: [spoiling('base')],
      },
    });
    expect(run.counts).toMatchObject({ failed: 1, skipped: 3 });
    expect(run.statuses).toMatchObject({ slow: 'settled', left: 'skipped', both: 'skipped', last: 'skipped' });
  });

  test('because it is damaged every time, ends the run', async () => {
    const run = await rig.run(fork, { starts: { right: Array<Start>(100).fill(spoiling('base')) } });
    expect(run.counts.failed).toBe(1);
    expect([times(run, 'base'), times(run, 'right')]).toEqual([4, 4]);
    const failures = run.events.flatMap((event) => (event.type === 'task-failed' ? [event.failure.code] : []));
    expect(failures).toEqual(['damaged-artifact']);
  });
});

test('damage is no attempt: the maker and the reader have all their retries after it', async () => {
  const stages = { base: ';, retries: 1', left: 'base;, retries: 1' };
  const failing: Start = () => failedBy('threw', 'broken');
  const run = await rig.run(stages, {
    starts: { base: [undefined, failing], left: [spoiling('base'), failing] },
  });
  expect(run.statuses).toEqual({ base: 'settled', left: 'settled' });
  expect([times(run, 'base'), times(run, 'left')]).toEqual([3, 3]);
});
