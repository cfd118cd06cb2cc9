import { describe, expect, test } from 'vitest';
import type { Controls } from '../../src/dashboard/dashboard.tsx';
import type { Source } from '../../src/dashboard/view.ts';
import { after, runInTheMiddle, said, fold, started } from './made-up-run.ts';
import { sweepInTheMiddle } from './made-up-sweep.ts';
import { type Mounted, mount } from './mount.tsx';

const [up, down, pageDown, escape, enter, interrupt] = ['\u001b[A', '\u001b[B', '\u001b[6~', '\u001b', '\r', '\u0003'];

/** The dashboard of a run, and what its keys have asked for. */
function dashboard(more: { readonly source?: Source; readonly rows?: number; readonly controls?: Controls } = {}) {
  const asked: string[] = [];
  const controls: Controls = {
    quit: () => void asked.push('quit'),
    togglePause: () => void asked.push('pause'),
    suspend: () => void asked.push('suspend'),
  };
  const source = more.source ?? { kind: 'run', model: runInTheMiddle() };
  const mounted = mount({ source, now: after(60), controls, ...more });
  return { ...mounted, asked };
}

const selected = ({ screen }: Pick<Mounted, 'screen'>): string =>
  screen()
    .split('\n')
    .find((line) => line.startsWith('❯'))
    ?.replace(/^❯.. */, '')
    .replace(/ {2,}.*$/, '') ?? '';

describe('the keys', () => {
  test('select a task, by arrows and by letters, and stay within the list', async () => {
    const shown = dashboard();
    expect(selected(shown)).toBe('model fold=08 seed=1');
    await shown.press(down);
    expect(selected(shown)).toBe('model fold=11 seed=1');
    await shown.press('j', 'k', up, up, 'k');
    expect(selected(shown)).toBe('model fold=08 seed=1');
    await shown.press('G');
    expect(selected(shown)).toBe('model fold=03 seed=1');
    await shown.press(down);
    expect(selected(shown)).toBe('model fold=03 seed=1');
    await shown.press('g');
    expect(selected(shown)).toBe('model fold=08 seed=1');
    shown.unmount();
  });

  test('open the log of the selected task, and go back', async () => {
    const shown = dashboard();
    await shown.press('G', enter);
    expect(shown.screen()).toMatch(/^model fold=03 seed=1 +✓ done 31 s$/m);
    expect(shown.screen()).toContain('87 training and 12 development segments, 84532 weights');
    await shown.press(escape);
    expect(selected(shown)).toBe('model fold=03 seed=1');
    await shown.press('l', 'h');
    expect(selected(shown)).toBe('model fold=03 seed=1');
    shown.unmount();
  });

  test('are heard behind an Escape that comes together with them', async () => {
    const shown = dashboard();
    await shown.press('?');
    expect(shown.screen()).toContain('any key');
    await shown.press(`${escape}p`);
    expect(shown.screen()).not.toContain('any key');
    expect(shown.asked).toEqual(['pause']);
    shown.unmount();
  });

  test('that come as one text are all heard', async () => {
    const shown = dashboard();
    await shown.press('jjjj\r');
    expect(shown.screen()).toMatch(/^model fold=03 seed=1 +✓ done/m);
    await shown.press(`${escape}${interrupt}`, 'pq');
    expect(shown.asked).toEqual(['quit', 'pause', 'quit']);
    shown.unmount();
  });

  test('ask to pause, to quit and to be suspended', async () => {
    const shown = dashboard();
    await shown.press('p', 'q', interrupt, '\u001a');
    expect(shown.asked).toEqual(['pause', 'quit', 'quit', 'suspend']);
    shown.unmount();
  });

  test('cannot pause what another process does, and say so', async () => {
    const asked: string[] = [];
    const shown = dashboard({ controls: { quit: () => void asked.push('quit') } });
    expect(shown.screen()).not.toContain('p pause');
    await shown.press('p', 'q');
    expect(asked).toEqual(['quit']);
    shown.unmount();
  });

  test('show help, which any key closes', async () => {
    const shown = dashboard();
    const before = shown.screen();
    await shown.press('?');
    expect(shown.screen()).toContain('select a task');
    await shown.press('x');
    expect(shown.screen()).toBe(before);
    shown.unmount();
  });

  test('scroll a log, which else follows what is said', async () => {
    const model = runInTheMiddle();
    for (let line = 1; line <= 100; line++) model.apply(said(fold('08'), `line ${line}`), after(60));
    const shown = dashboard({ source: { kind: 'run', model } });
    await shown.press(enter);
    expect(shown.screen()).toContain('line 100');
    await shown.press(up);
    expect(shown.screen()).not.toContain('line 100');
    expect(shown.screen()).toContain('log (1 more below)');
    await shown.press('g');
    expect(shown.screen()).toContain('85 training and 12 development segments');
    await shown.press('G');
    model.apply(said(fold('08'), 'line 101'), after(61));
    shown.update({ now: after(61) });
    expect(shown.screen()).toContain('line 101');
    shown.unmount();
  });

  test('keep the selected task selected while others come and go', async () => {
    const model = runInTheMiddle();
    const shown = dashboard({ source: { kind: 'run', model } });
    await shown.press(down);
    for (let index = 0; index < 30; index++) model.apply(started(fold(`new-${index}`)), after(60));
    shown.update({ now: after(60) });
    expect(selected(shown)).toBe('model fold=11 seed=1');
    await shown.press(pageDown, pageDown);
    expect(selected(shown)).toMatch(/^model fold=new-\d+/);
    shown.unmount();
  });

  test('lead from a sweep into a trial and into the log of its training', async () => {
    const shown = dashboard({ source: { kind: 'sweep', model: sweepInTheMiddle() } });
    await shown.press(down, enter);
    expect(shown.screen()).toMatch(/^trial 8: depth=3 rate=0.00800/);
    await shown.press(enter);
    expect(shown.screen()).toMatch(/^model fold=03 seed=1 +● running/);
    await shown.press(escape, escape, escape);
    expect(shown.screen()).toContain('trials, newest first');
    expect(selected(shown)).toBe('8');
    await shown.press('s');
    expect(shown.screen()).toContain('trials, best first');
    shown.unmount();
  });
});

describe('a terminal that changes its size', () => {
  test('is filled anew, down to 40 x 10 and beyond', () => {
    const shown = dashboard();
    for (const [columns, rows] of [
      [120, 40],
      [40, 10],
      [20, 5],
      [1, 1],
      [80, 24],
    ] as const) {
      shown.update({ columns, rows });
      expect(shown.screen().split('\n')).toHaveLength(rows);
    }
    expect(shown.screen()).toContain('● model fold=08 seed=1');
    shown.unmount();
  });
});
