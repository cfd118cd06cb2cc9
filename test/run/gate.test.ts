import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.ts';
import { createGate, watchGate } from '../../src/run/gate.ts';

describe('a gate', () => {
  test('tells each change once', () => {
    const gate = createGate();
    const heard: boolean[] = [];
    const stop = gate.onChange((isClosed) => heard.push(isClosed));
    gate.close();
    gate.close();
    gate.open();
    stop();
    gate.close();
    expect(heard).toEqual([true, false]);
    expect(gate.isClosed).toBe(true);
  });

  test('wakes a run at a pause, at its end, and when the run is stopped, and tells the first two', () => {
    const gate = createGate();
    const controller = new AbortController();
    const told: RunEvent['type'][] = [];
    let woken = 0;
    const stop = watchGate({ gate, signal: controller.signal, emit: ({ type }) => told.push(type) }, () => {
      woken += 1;
    });
    gate.close();
    gate.open();
    controller.abort();
    expect(told).toEqual(['run-paused', 'run-resumed']);
    expect(woken).toBe(3);
    stop();
    gate.close();
    expect(woken).toBe(3);
  });
});
