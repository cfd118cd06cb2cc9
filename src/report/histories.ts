import type { Facts } from '../plan/facts.ts';
import { titleOf } from '../plan/task-title.ts';
import type { Json, MatrixPoint } from '../stage/index.ts';
import type { Artifacts } from './artifacts.ts';

/** How one training went. */
export interface History {
  readonly stage: string;
  readonly point: MatrixPoint;
  /** From epoch 1. */
  readonly epochs: readonly Epoch[];
  /** The epoch whose weights were kept. */
  readonly kept: number | undefined;
}

export interface Epoch {
  readonly epoch: number;
  readonly loss: number;
  /** On the development part, 0 to 1, where there is one. */
  readonly development: number | undefined;
}

/** The output of a training that tells its epochs. */
const output = 'history';

/** The learning curves of all trainings whose history is still there, and how many are not. */
export function readHistories(
  facts: Facts,
  artifacts: Artifacts,
): { readonly histories: readonly History[]; readonly gone: number } {
  const histories: History[] = [];
  let gone = 0;
  for (const { stage, points } of facts.stages.values()) {
    for (const { point } of points) {
      const digest = facts.tasks.get(titleOf({ stage, point }))?.outputs[output];
      if (digest === undefined) continue;
      const value = artifacts.read(digest, 'json');
      if (value === undefined) gone++;
      else histories.push(...historyIn(value, stage, point));
    }
  }
  return { histories, gone };
}

function historyIn(value: Json, stage: string, point: MatrixPoint): History[] {
  const { epochs, keptEpoch } = fieldsOf(value);
  const read = Array.isArray(epochs) ? epochs.flatMap(epochIn) : [];
  return read.length === 0 ? [] : [{ stage, point, epochs: read, kept: numberOf(keptEpoch) }];
}

function epochIn(value: Json): Epoch[] {
  const { epoch, loss, development } = fieldsOf(value);
  const [number, mean] = [numberOf(epoch), numberOf(loss)];
  if (number === undefined || mean === undefined) return [];
  return [{ epoch: number, loss: mean, development: numberOf(fieldsOf(development).uar) }];
}

const numberOf = (value: Json | undefined): number | undefined => (typeof value === 'number' ? value : undefined);

const fieldsOf = (value: Json | undefined): Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, Json>>) : {};
