import { recordedKeys } from '../../experiment/index.ts';
import { openRunStore } from '../../run/open-store.ts';
import { gc as collect } from '../../store/index.ts';
import { counted, formatBytes } from '../duration.ts';
import type { GcOptions } from '../options.ts';
import { createTerminal } from '../terminal.ts';
import { findWorkspace } from '../workspace.ts';

/** `pipe gc`: says how much it frees, then frees it. What recorded runs reach stays, and what a running one uses. */
export async function gc(options: GcOptions): Promise<number> {
  const { json, print, printJson } = createTerminal(options);
  const { artifacts, experiments } = findWorkspace(options.workspace);
  const dryRun = options.dryRun ?? false;
  const store = await openRunStore(artifacts, { readOnly: dryRun });
  try {
    const keys = recordedKeys(experiments);
    const reachable = () => ({ actions: keys() });
    const would = await collect(store, reachable, { dryRun: true });
    if (!json) {
      const what = [
        counted(would.actions, 'action'),
        counted(would.objects, 'artifact'),
        counted(would.checkpoints, 'checkpoint'),
      ];
      print(`${formatBytes(would.bytes)} can be freed: ${what.join(', ')} that no recorded run reaches.`);
    }
    if (dryRun) {
      if (json) printJson({ dryRun, ...would });
      return 0;
    }
    const report = await collect(store, reachable);
    if (json) printJson({ dryRun, ...report });
    else print(`Freed ${formatBytes(report.bytes)}.`);
    return 0;
  } finally {
    await store.close();
  }
}
