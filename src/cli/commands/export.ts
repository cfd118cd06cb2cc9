import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { cwd } from 'node:process';
import { type ArtifactChoice, artifactChoices } from '../../experiment/bundle/choose-artifacts.ts';
import { writeBundle } from '../../experiment/bundle/write-bundle.ts';
import { openRun } from '../../experiment/find-runs.ts';
import { didYouMean, enumerate } from '../../spec/did-you-mean.ts';
import { openStore } from '../../store/index.ts';
import { counted, formatBytes } from '../duration.ts';
import { interruptSignal } from '../interrupt.ts';
import { usageError } from '../open-pipeline.ts';
import type { ExportCommandOptions } from '../options.ts';
import { createTerminal } from '../terminal.ts';
import { findWorkspace } from '../workspace.ts';

/** `pipe export`: a run with its artifacts in one file. */
export async function exportRun(run: string, options: ExportCommandOptions): Promise<number> {
  const { json, print, printJson, warn, colours } = createTerminal(options);
  const choices = choicesOf(options.with);
  const { experiments, artifacts } = findWorkspace(options.workspace);
  const found = openRun(experiments, run);
  const { pipeline, run: name } = found.record;
  const file = resolve(options.output ?? `${pipeline}-${name}.tar.gz`);
  const interrupt = interruptSignal(() => warn('Stopping: the file is removed.'));
  const store = await openStore(artifacts, { readOnly: true });
  try {
    const written = await writeBundle(found, store, file, choices, interrupt.signal);
    const size = statSync(file).size;
    if (written.absent.length > 0)
      warn(
        colours.yellow(`warning[absent-artifacts]: nothing of ${enumerate(written.absent)} is in the store; left out.`),
      );
    if (written.artifacts.length === 0)
      warn(
        colours.yellow(
          `warning[no-artifacts]: ${pipeline}/${name} has none of what is asked for${found.record.status === 'done' ? '' : ` (it ${endOf(found.record.status)})`}: the file has its record alone.`,
        ),
      );
    if (json) printJson({ run: `${pipeline}/${name}`, file, size, artifacts: written.artifacts });
    else {
      print(
        `Wrote ${pipeline}/${name} with ${counted(written.artifacts.length, 'artifact')} (${formatBytes(written.artifactBytes)}).`,
      );
      print(colours.dim(`${relative(cwd(), file)}, ${formatBytes(size)}`));
    }
    return 0;
  } finally {
    interrupt.release();
    await store.close();
  }
}

const endOf = (status: string): string => (status === 'interrupted' ? 'was interrupted' : status);

function choicesOf(given = 'models,results'): ReadonlySet<ArtifactChoice> {
  const names = given.split(',').map((name) => name.trim());
  const choices = names.flatMap((name) => artifactChoices.find((choice) => choice === name) ?? []);
  const unknown = names.find((name) => !artifactChoices.some((choice) => choice === name));
  if (unknown === undefined) return new Set(choices);
  throw usageError(
    'bad-with-option',
    `--with ${given}: '${unknown}' is not known.`,
    didYouMean(unknown, artifactChoices, 'choices'),
  );
}
