import { createSweepModel } from '../../dashboard/sweep-model.ts';
import type { SweepEvent } from '../../sweep/events.ts';
import type { Terminal } from '../terminal.ts';
import type { RunControls } from './index.ts';
import { createLiveScreen } from './live-screen.ts';
import { createPlainSweepDisplay } from './plain-sweep.ts';
import type { SweepDisplay } from './sweep.ts';

/** What the dashboard shows in its table, and so need not be said line by line behind it. */
const shown: ReadonlySet<SweepEvent['type']> = new Set(['trial-ended', 'rung-ended']);

/** The dashboard of a sweep; before it the plan, and afterwards what stays to be said. */
export function createLiveSweepDisplay(terminal: Terminal, controls: RunControls): SweepDisplay {
  const model = createSweepModel();
  const screen = createLiveScreen({ kind: 'sweep', model }, terminal, controls);
  let isOpen = false;
  const print = (text: string) => (isOpen ? screen.say(text) : terminal.print(text));
  const plain = createPlainSweepDisplay({ ...terminal, print });
  return {
    event(event) {
      model.apply(event);
      if (!shown.has(event.type)) plain.event(event);
      if (event.type !== 'trial-started' && event.type !== 'final-started') return;
      isOpen = true;
      screen.begin();
    },
    note: screen.note,
    async close() {
      await screen.close();
    },
  };
}
