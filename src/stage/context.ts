import type { Engine } from './engine.ts';
import type { RandomStream } from './random.ts';

/** What a running stage may use beside its inputs and parameters. */
export interface StageContext {
  /**
   * A stream of random numbers that depends on the stage type, the stage's `seed` parameter (0 when it has
   * none) and `name` alone: not on order, worker, machine, engine or fold.
   */
  random(name: string): RandomStream;
  /** A line for the task's log. */
  log(message: string): void;
  /** Figures of a long task for whoever watches, such as `{ epoch: 3, epochs: 40, loss: 0.9 }`. */
  progress(figures: Readonly<Record<string, number>>): void;
  /** The engine, for stages that declare one. Throws for others. */
  readonly engine: Engine;
  /** Aborted when the task is cancelled. */
  readonly signal: AbortSignal;
  /** Bytes of the declared asset. */
  asset(path: string): Promise<Uint8Array>;
  /** Where a long task keeps its state, to go on after an interruption with the same result. */
  readonly checkpoint: Checkpoint;
}

export interface Checkpoint {
  /**
   * The last state that was saved for exactly this task, or for one that differs in where it pauses alone; or undefined.
   * Damaged states count as none.
   */
  load(): Promise<Uint8Array | undefined>;
  save(state: Uint8Array): Promise<void>;
}

export interface SourceContext {
  log(message: string): void;
}
