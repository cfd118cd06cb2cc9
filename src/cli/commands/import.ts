import { relative, resolve } from 'node:path';
import { cwd } from 'node:process';
import { readBundle } from '../../experiment/bundle/read-bundle.ts';
import { newRunId } from '../../experiment/run-id.ts';
import { openRunStore } from '../../run/open-store.ts';
import { counted } from '../duration.ts';
import { interruptSignal } from '../interrupt.ts';
import type { CommonOptions } from '../options.ts';
import { createTerminal } from '../terminal.ts';
import { findWorkspace } from '../workspace.ts';

/** `pipe import`: takes in a run that `pipe export` wrote. */
export async function importRun(file: string, options: CommonOptions): Promise<number> {
  const { json, print, printJson, warn, colours } = createTerminal(options);
  const { experiments, artifacts } = findWorkspace(options.workspace);
  const interrupt = interruptSignal(() => warn('Stopping: the run is not taken in.'));
  const store = await openRunStore(artifacts, { runId: newRunId() });
  try {
    const { record, folder, wasThere, added, others } = await readBundle(
      resolve(file),
      experiments,
      store,
      interrupt.signal,
    );
    const name = `${record.pipeline}/${record.run}`;
    if (json) printJson({ run: name, folder, wasThere, added, others });
    else {
      const what =
        wasThere && added === 0
          ? `${name} is there already.`
          : `Took in ${name}: ${counted(added, 'task')} with new artifacts.`;
      print(what);
      print(colours.dim(`Record: ${relative(cwd(), folder)}`));
    }
    if (others > 0)
      warn(
        colours.yellow(
          `warning[other-artifacts]: ${counted(others, 'task')} have other artifacts in this store, or get them from a run that is on; these stay: commands on the run may miss its own.`,
        ),
      );
    return 0;
  } finally {
    interrupt.release();
    await store.close();
  }
}
