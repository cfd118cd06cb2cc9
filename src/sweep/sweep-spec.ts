import type { SourceRange } from '../errors.ts';
import type { SourceTree } from '../spec/source-tree.ts';
import type { Space } from './search/index.ts';
import type { Setting } from './settings.ts';
import type { Objective } from './sweep-record.ts';

/** How the configurations of the trials are found. */
export type SweepStrategy =
  | { readonly kind: 'grid' }
  | { readonly kind: 'random'; readonly seed: number }
  | { readonly kind: 'tpe'; readonly seed: number; readonly startup?: number; readonly candidates?: number }
  | { readonly kind: 'halving'; readonly seed: number; readonly minimum?: number; readonly factor: number };

/** A checked `sweep` block. */
export interface SweepSpec {
  readonly name: string;
  readonly description: string | undefined;
  /** Absolute path of the file that it stands in, and its text. */
  readonly file: string;
  readonly text: string;
  /** The same as values with their places. */
  readonly tree: SourceTree;
  /** Absolute path of the pipeline that is swept; the same file where the block stands in it. */
  readonly pipelineFile: string;
  readonly set: readonly Setting[];
  /** What is swept separately, by name; one without a name where there is no `each`. */
  readonly each: readonly { readonly name: string | undefined; readonly settings: readonly Setting[] }[];
  readonly space: Space;
  /** What a value of a parameter sets: itself at its path, or the settings that it names. */
  settingsOf(parameter: string, value: unknown): readonly Setting[];
  readonly strategy: SweepStrategy;
  readonly objective: Objective;
  readonly budget: { readonly trials?: number; readonly hours?: number };
  readonly parallel: number;
  readonly choice: 'pooled' | 'nested';
  readonly final: readonly Setting[];
  /** Where a key of the block is written. */
  place(path: readonly (string | number)[]): SourceRange;
}
