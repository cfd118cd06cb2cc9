import { render } from 'ink-testing-library';
import picocolors from 'picocolors';
import type { ReactElement } from 'react';
import { type Controls, Dashboard, type DashboardProps } from '../../src/dashboard/dashboard.tsx';
import type { Surroundings } from '../../src/dashboard/screens/header.ts';
import { drawScreen } from '../../src/dashboard/screens/index.ts';
import type { Source, View } from '../../src/dashboard/view.ts';

export const calm: Surroundings = {
  memory: { used: 812_000_000, total: 16_700_000_000 },
  stopping: false,
  trouble: undefined,
};

export interface MountOptions {
  readonly source: Source;
  readonly columns?: number;
  readonly rows?: number;
  readonly now: number;
  readonly coloured?: boolean;
  readonly surroundings?: Surroundings;
  readonly controls?: Controls;
  readonly watching?: boolean;
}

export interface Mounted {
  screen(): string;
  press(...keys: readonly string[]): Promise<void>;
  /** Draws it again, with other properties. */
  update(more: Partial<MountOptions>): void;
  unmount(): void;
}

const quiet: Controls = { quit: () => undefined, togglePause: () => undefined };

/** The dashboard in Ink, on a terminal of this size that is not there. */
export function mount(options: MountOptions): Mounted {
  let given = options;
  const app = render(elementOf(given));
  const setSize = () => {
    Object.defineProperty(app.stdout, 'columns', { value: given.columns ?? 80, configurable: true });
  };
  setSize();
  app.rerender(elementOf(given));
  return {
    screen: () => app.lastFrame() ?? '',
    async press(...keys) {
      // Ink listens once React has had its turn.
      while (app.stdin.listenerCount('readable') === 0) await new Promise((resolve) => setImmediate(resolve));
      for (const key of keys) {
        app.stdin.write(key);
        await takeTurns();
      }
    },
    update(more) {
      given = { ...given, ...more };
      setSize();
      app.rerender(elementOf(given));
    },
    unmount: app.unmount,
  };
}

/**
 * Ink waits a turn of the event loop to tell Esc from the beginning of a longer key, and React takes some to draw. They are counted
 * and not timed: a busy machine may give none in any time.
 */
async function takeTurns(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function elementOf(options: MountOptions): ReactElement<DashboardProps> {
  const { source, columns = 80, rows = 24, now, coloured = false, watching = false } = options;
  const frame = { columns, rows, now, colours: picocolors.createColors(coloured) };
  const { surroundings = calm, controls = quiet } = options;
  const canPause = controls.togglePause !== undefined;
  const draw = (view: View) => drawScreen({ source, view, surroundings, watching, canPause }, frame);
  return <Dashboard source={source} frame={() => frame} controls={controls} draw={draw} />;
}
