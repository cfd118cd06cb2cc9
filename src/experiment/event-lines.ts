import { titleOf } from '../plan/task-title.ts';
import type { RunEvent } from '../run/events.ts';
import type { LiveEvent } from './live-events.ts';

/** What goes into `events.jsonl`. */
export interface EventLines {
  /** Lines to write at an event, in order; often none. */
  of(event: RunEvent): readonly string[];
  /** What was held back. */
  rest(): readonly string[];
}

/** Events of which there may be thousands a second are gathered for so long. */
const gatherMilliseconds = 1000;
/** Tasks of one line; of more at once the oldest figures go first. */
const mostTasks = 200;

/**
 * Each line is an event with its time, in milliseconds since 1970. Tasks that were there already are counted, and of figures the
 * newest of each task are kept.
 */
export function createEventLines(now: () => number = Date.now): EventLines {
  const cached = new Map<string, number>();
  const figures = new Map<string, Readonly<Record<string, number>>>();
  let flushed = 0;

  const lineOf = (content: object) => JSON.stringify({ ...content, time: now() });
  const rest = (): string[] => {
    flushed = now();
    const gathered: LiveEvent[] = [];
    if (cached.size > 0) gathered.push({ type: 'tasks-cached', counts: Object.fromEntries(cached) });
    if (figures.size > 0) gathered.push({ type: 'tasks-progress', tasks: [...figures].slice(0, mostTasks) });
    cached.clear();
    for (const [title] of [...figures].slice(0, mostTasks)) figures.delete(title);
    return gathered.map(lineOf);
  };
  const isDue = () => (cached.size > 0 || figures.size > 0) && now() - flushed >= gatherMilliseconds;

  return {
    rest,
    of(event) {
      if (event.type === 'task-cached') cached.set(event.task.stage, (cached.get(event.task.stage) ?? 0) + 1);
      if (event.type === 'task-progress') figures.set(titleOf(event.task), event.figures);
      const before = isDue() || endsWhatIsHeld(event, figures) ? rest() : [];
      const content = contentOf(event);
      return content === undefined ? before : [...before, lineOf(content)];
    },
  };
}

/** Behind the end of a task, or of the run, its figures would come too late. */
function endsWhatIsHeld(event: RunEvent, figures: ReadonlyMap<string, unknown>): boolean {
  if (event.type === 'run-ended') return true;
  return (event.type === 'task-done' || event.type === 'task-failed') && figures.has(titleOf(event.task));
}

/** What the log keeps of an event: what tasks.jsonl or results.json holds already is left out. */
function contentOf(event: RunEvent): Record<string, unknown> | undefined {
  switch (event.type) {
    case 'task-cached':
    case 'task-progress':
      return undefined;
    case 'task-done': {
      const { outputs: _outputs, ...rest } = event;
      return rest;
    }
    case 'result': {
      const { value: _value, ...rest } = event;
      return rest;
    }
    case 'run-started':
    case 'stage-planned':
    case 'task-started':
    case 'task-log':
    case 'task-failed':
    case 'task-skipped':
    case 'waiting-for-run':
    case 'run-paused':
    case 'run-resumed':
    case 'damage-found':
    case 'run-ended':
      return event;
  }
}
