import { applyEvent } from './apply-event.ts';
import { createTail } from './event-tail.ts';
import { type RunModel, secondsInto } from './run-model.ts';

/** The model of a run that has not begun. */
export function createRunModel(now: () => number = Date.now): RunModel {
  const model: RunModel = {
    pipeline: '',
    run: '',
    status: 'running',
    startedAt: undefined,
    endedAt: undefined,
    paused: false,
    width: 0,
    stages: new Map(),
    live: new Map(),
    byName: new WeakMap(),
    again: new Map(),
    ended: [],
    tail: createTail(),
    version: 0,
    apply(event, at = now()) {
      model.version += 1;
      applyEvent(model, event, at);
    },
    note(text) {
      model.version += 1;
      model.tail.add(secondsInto(model, now()), 'warning', text);
    },
  };
  return model;
}
