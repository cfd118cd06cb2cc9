import { compareRuns } from '../../experiment/comparison/index.ts';
import { isSweep } from '../../sweep/read-sweep.ts';
import { usageError } from '../open-pipeline.ts';
import type { CompareOptions } from '../options.ts';
import { createTerminal } from '../terminal.ts';
import { findWorkspace } from '../workspace.ts';
import { printCompared } from './compare-print.ts';
import { describeComparison } from './compare-runs.ts';
import { describeSweep } from './compare-sweep.ts';

/** `pipe compare`: runs beside the first of them, or the trials of a sweep. */
export function compare(wanted: readonly string[], options: CompareOptions): number {
  const formats = [options.json, options.csv, options.markdown].filter((given) => given === true);
  if (formats.length > 1)
    throw usageError('several-formats', 'More than one of --json, --csv and --markdown is given.', 'Choose one.');
  const { experiments } = findWorkspace(options.workspace);
  const [only] = wanted;
  const isOfSweep = wanted.length === 1 && only !== undefined && isSweep(experiments, only);
  const compared = isOfSweep
    ? describeSweep(experiments, only)
    : describeComparison(compareRuns(experiments, wanted, options.stage));
  printCompared(compared, options, createTerminal(options));
  return 0;
}
