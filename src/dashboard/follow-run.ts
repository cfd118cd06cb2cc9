import { join } from 'node:path';
import { readRun } from '../experiment/index.ts';
import type { LiveEvent } from '../experiment/live-events.ts';
import { type RunRecord, recordFiles } from '../experiment/run-record.ts';
import type { RunEvent } from '../run/events.ts';
import { machine } from '../store/process-start.ts';
import { createLineFollower } from './line-follower.ts';
import type { RunModel } from './run-model.ts';
import { endRun } from './apply-event.ts';

/** A run of another process, or one that is over, read from its record. */
export interface FollowedRun {
  /** Takes in what is new, from the events alone or, `whole`, from `run.json` too. */
  look(whole: boolean): void;
  /** What is wrong with the record, in a line. */
  trouble(): string | undefined;
  /** Its process, while it runs on this machine. */
  pid(): number | undefined;
}

/** A line of `events.jsonl`. Older records have no times. */
export type RecordedEvent = (RunEvent | LiveEvent) & { readonly time?: number };

export type EventListener = (event: RunEvent | LiveEvent, at: number) => void;

/** Brings a model to the state of a record, and keeps it there with every look. Never throws: a record may be damaged, or go. */
export function followRun(folder: string, model: RunModel, onEvent?: EventListener): FollowedRun {
  const follower = createLineFollower(join(folder, recordFiles.events));
  let record: RunRecord | undefined;
  let damagedRecord: string | undefined;
  let isMissing = false;
  let damagedLines = 0;
  let time = 0;

  const take = (line: string) => {
    try {
      const event = JSON.parse(line) as RecordedEvent;
      time = event.time ?? (time || startOf(record));
      model.apply(event, time);
      onEvent?.(event, time);
    } catch {
      damagedLines += 1;
    }
  };
  const readRecord = () => {
    const found = readRun(folder);
    damagedRecord = 'detail' in found ? found.detail : undefined;
    if (!('detail' in found)) record = found;
  };

  return {
    look(whole) {
      if (whole || record === undefined) readRecord();
      const { state, lines } = follower.read();
      isMissing = state === 'missing';
      for (const line of lines) if (line !== '') take(line);
      // A process that was killed says nothing of its end.
      if (record !== undefined && record.status !== 'running') {
        endRun(model, record.status, endOf(record) ?? time);
      }
    },
    trouble() {
      if (isMissing) return 'The record was removed, or cannot be read; this is what was in it.';
      if (damagedRecord !== undefined) return `run.json is damaged: ${damagedRecord}`;
      return damagedLines === 0
        ? undefined
        : `${damagedLines} damaged line${damagedLines === 1 ? ' was' : 's were'} passed over`;
    },
    pid() {
      const { status, process } = record ?? {};
      return status === 'running' && process?.machine === machine ? process.pid : undefined;
    },
  };
}

const startOf = (record: RunRecord | undefined): number => (record === undefined ? 0 : Date.parse(record.startedAt));
const endOf = ({ endedAt }: RunRecord): number | undefined => (endedAt === undefined ? undefined : Date.parse(endedAt));
