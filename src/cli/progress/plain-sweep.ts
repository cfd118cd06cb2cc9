import type { SweepEvent } from '../../sweep/events.ts';
import type { TrialRecord } from '../../sweep/sweep-record.ts';
import { counted, formatSeconds } from '../duration.ts';
import { objectiveText, planText, trialTitle } from '../sweep-words.ts';
import type { Terminal } from '../terminal.ts';
import { messageOf } from './messages.ts';
import type { SweepDisplay } from './sweep.ts';

/** One line a trial, and what went wrong. */
export function createPlainSweepDisplay({ print, warn, colours }: Terminal): SweepDisplay {
  const said = new Set<string>();
  return {
    event(event) {
      const line = lineOf(event, colours);
      if (line === undefined) return;
      // Trials that share a task tell of it each.
      const isOfRun = event.type === 'trial-event' || event.type === 'final-event';
      if (isOfRun && said.has(line)) return;
      if (isOfRun) said.add(line);
      print(line);
    },
    note: warn,
    close: () => undefined,
  };
}

function lineOf(event: SweepEvent, colours: Terminal['colours']): string | undefined {
  switch (event.type) {
    case 'sweep-started': {
      const { sweep, id, pipeline, strategy, objective, choice } = event;
      return `${colours.bold(sweep)}  sweep ${id} of ${pipeline}: ${strategy}, ${objective.text}, ${choice} choice`;
    }
    case 'sweep-planned':
      return planText(event.plan);
    case 'trial-event':
    case 'final-event':
      return messageOf(event.event, colours);
    case 'trial-ended':
      return trialLine(event.record, event.best);
    case 'rung-ended': {
      const who = event.search === '' ? '' : `${event.search}: `;
      const after = `${who}after ${counted(event.epochs, 'epoch')}`;
      return `${after} ${event.goOn.length} of ${counted(event.trials, 'trial')} go on`;
    }
    case 'chosen':
      return `${event.selection}; now the test data are read`;
    case 'sweep-ended':
      return endLine(event, colours);
    case 'trial-started':
    case 'final-started':
    case 'final-ended':
      return undefined;
  }
}

function trialLine(record: TrialRecord, best: TrialRecord | undefined): string {
  const { status, objective, cost, rungs } = record;
  const at = rungs === undefined || status === 'done' ? '' : ` after ${counted(rungs.at(-1)?.epochs ?? 0, 'epoch')}`;
  const leads = status === 'done' && best?.trial === record.trial && best.search === record.search;
  const result = status === 'failed' ? `failed [${record.error?.code ?? ''}]` : `${objectiveText(objective)}${at}`;
  return `${trialTitle(record)}: ${result}, ${formatSeconds(cost.seconds)} computed${leads ? ', the best so far' : ''}`;
}

function endLine(
  { status, counts, seconds }: Extract<SweepEvent, { type: 'sweep-ended' }>,
  colours: Terminal['colours'],
): string {
  const failed = counts.failed > 0 ? `, ${counts.failed} failed` : '';
  const text = `${counted(counts.trials, 'trial')}${failed}`;
  const took = formatSeconds(seconds);
  switch (status) {
    case 'done':
      return colours.green(`Done in ${took}: ${text}.`);
    case 'failed':
      return colours.red(`Ended with failures after ${took}: ${text}.`);
    case 'interrupted':
      return colours.yellow(`Interrupted after ${took}: ${text}. The same command goes on from here.`);
  }
}
