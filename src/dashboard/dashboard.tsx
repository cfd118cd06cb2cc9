import { Text, useInput } from 'ink';
import { type ReactNode, useLayoutEffect, useState } from 'react';
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
  readonly controls: Controls;
  /** The size of the screen, and the time. */
  readonly frame: () => Frame;
  /** The lines of the screen. */
  readonly draw: (view: View) => readonly string[];
  /**
   * Takes what is looked at, at first and after each key, and brings it to the terminal. Without it Ink does, which needs 5 ms for
   * 80 x 24 cells because it looks at each of them; our lines are of the right width already.
   */
  readonly onView?: (view: View) => void;
}

/** The dashboard of a run or sweep: what is looked at, and the keys that change it. */
export function Dashboard({ source, controls, frame, draw, onView }: DashboardProps): ReactNode {
  const [view, setView] = useState<View>(() => firstView(source));
  const press = (pressed: Pressed) => {
    if (pressed === 'quit') controls.quit();
    else if (pressed === 'suspend') controls.suspend?.();
    else if (pressed === 'pause') controls.togglePause?.();
    else setView((before) => act(before, pressed, source, frame()));
  };
  useInput((input, key) => {
    for (const pressed of pressedKeys(input, key)) press(pressed);
  });
  useLayoutEffect(() => onView?.(view), [view, onView]);
  return onView === undefined ? <Text wrap="truncate">{draw(view).join('\n')}</Text> : null;
}

type Pressed = Action | 'quit' | 'suspend' | 'pause' | 'other';
type Key = Parameters<Parameters<typeof useInput>[0]>[1];

/** Keys that are pressed quickly, or come over a slow line, arrive as one text. */
function pressedKeys(input: string, key: Key): readonly Pressed[] {
  // Escape and what was pressed after it may come as one, which reads as Alt and that key.
  if (key.meta && !key.escape && input.length === 1) return ['back', characters.get(input) ?? 'other'];
  if (input.length > 1) return Array.from(input, (character) => characters.get(character) ?? 'other');
  if (key.ctrl) return [input === 'c' ? 'quit' : input === 'z' ? 'suspend' : 'other'];
  return [namedKey(key) ?? characters.get(input) ?? 'other'];
}

function namedKey(key: Key): Action | undefined {
  if (key.upArrow) return 'up';
  if (key.downArrow) return 'down';
  if (key.pageUp) return 'pageUp';
  if (key.pageDown) return 'pageDown';
  if (key.home) return 'first';
  if (key.end) return 'last';
  if (key.return || key.rightArrow) return 'open';
  return key.escape || key.backspace || key.delete || key.leftArrow ? 'back' : undefined;
}

const characters: ReadonlyMap<string, Pressed> = new Map<string, Pressed>([
  ['k', 'up'],
  ['j', 'down'],
  [' ', 'pageDown'],
  ['g', 'first'],
  ['G', 'last'],
  ['l', 'open'],
  ['\r', 'open'],
  ['h', 'back'],
  ['\u001b', 'back'],
  ['\u007f', 'back'],
  ['?', 'help'],
  ['s', 'sort'],
  ['p', 'pause'],
  ['q', 'quit'],
  ['\u0003', 'quit'],
  ['\u001a', 'suspend'],
]);
