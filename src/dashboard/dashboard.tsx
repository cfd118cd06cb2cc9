import { Text, useInput } from 'ink';
import { type ReactNode, useLayoutEffect, useState } from 'react';
import type { Surroundings } from './screens/header.ts';
import { drawScreen } from './screens/index.ts';
import type { Frame } from './screens/theme.ts';
import { type Action, type Source, type View, act, firstView } from './view.ts';

/** What the keys can do to the run. */
export interface Controls {
  /** Stops the run safely; called again, at once. Of a run that is only watched, leaves. */
  quit(): void;
  /** Pauses or resumes it, where that can be done. */
  readonly togglePause?: () => void;
  /** Gives the terminal back to the shell for a while. */
  readonly suspend?: () => void;
}

export interface DashboardProps {
  readonly source: Source;
  readonly surroundings: Surroundings;
  readonly frame: Frame;
  readonly controls: Controls;
  /** Another process's run, or one that is over. */
  readonly watching: boolean;
  /**
   * Takes the lines of a screen to the terminal. Without it Ink does, which takes 5 ms for 80 x 24 cells because it looks at each
   * of them; our lines are of the right width already.
   */
  readonly paint?: (lines: readonly string[]) => void;
}

/** The dashboard of a run or sweep: drawn anew with every change of its properties, and with every key. */
export function Dashboard({ source, surroundings, frame, controls, watching, paint }: DashboardProps): ReactNode {
  const [view, setView] = useState<View>(() => firstView(source));
  useInput((input, key) => {
    if (input === 'q' || (key.ctrl && input === 'c')) controls.quit();
    else if (key.ctrl && input === 'z') controls.suspend?.();
    else if (input === 'p' && !view.help) controls.togglePause?.();
    else {
      const action = actionOf(input, key);
      if (action !== undefined || view.help) setView((before) => act(before, action ?? 'back', source, frame));
    }
  });
  const lines = drawScreen(
    { source, view, surroundings, watching, canPause: controls.togglePause !== undefined },
    frame,
  );
  useLayoutEffect(() => paint?.(lines));
  return paint === undefined ? <Text wrap="truncate">{lines.join('\n')}</Text> : null;
}

type Key = Parameters<Parameters<typeof useInput>[0]>[1];

function actionOf(input: string, key: Key): Action | undefined {
  if (key.upArrow || input === 'k') return 'up';
  if (key.downArrow || input === 'j') return 'down';
  if (key.pageUp) return 'pageUp';
  if (key.pageDown || input === ' ') return 'pageDown';
  if (key.home || input === 'g') return 'first';
  if (key.end || input === 'G') return 'last';
  if (key.return || input === 'l' || key.rightArrow) return 'open';
  if (key.escape || key.backspace || key.delete || input === 'h' || key.leftArrow) return 'back';
  if (input === '?') return 'help';
  return input === 's' ? 'sort' : undefined;
}
