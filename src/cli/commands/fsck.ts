import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes } from '../../errors.ts';
import { checkRecords } from '../../experiment/index.ts';
import { checkCode, codeFault } from '../../plan/code-cache.ts';
import { openRunStore } from '../../run/open-store.ts';
import { fsck as check } from '../../store/index.ts';
import { checkSweeps } from '../../sweep/read-sweep.ts';
import { counted, formatBytes } from '../duration.ts';
import type { CommonOptions } from '../options.ts';
import { createTerminal } from '../terminal.ts';
import { findWorkspace } from '../workspace.ts';

/** `pipe fsck`: reads every stored byte and every record. Damage is set aside, so that the next run makes it again. */
export async function fsck(options: CommonOptions): Promise<number> {
  const { json, print, printJson, colours } = createTerminal(options);
  const { artifacts, experiments } = findWorkspace(options.workspace);
  const store = await openRunStore(artifacts);
  try {
    const { actions, objects, checkpoints, bytes, damages: found } = await check(store, { repair: true });
    const code = checkCode(join(artifacts, 'code'));
    // Read again: a run may have made it again since.
    for (const { path } of code) if (codeFault(path) !== undefined) rmSync(path, { recursive: true, force: true });
    const damages = [...found, ...code];
    const damaged = [...checkRecords(experiments), ...checkSweeps(experiments)];
    if (json) printJson({ actions, objects, checkpoints, bytes, damages, records: damaged });
    else {
      for (const { what, path, detail } of damages) print(`${colours.red(`damaged ${what}`)}: ${path}: ${detail}`);
      for (const { path, detail } of damaged) print(`${colours.red('damaged record')}: ${path}: ${detail}`);
      print(
        `${counted(objects, 'artifact')} (${formatBytes(bytes)}), ${counted(actions, 'action')} and ${counted(checkpoints, 'checkpoint')} read.`,
      );
      if (damages.length > 0)
        print(`${counted(damages.length, 'damaged file')} set aside; the next run makes again what it needs of them.`);
      if (damages.length + damaged.length === 0) print(colours.green('No damage.'));
    }
    return damages.length + damaged.length > 0 ? exitCodes.storeIntegrity : exitCodes.done;
  } finally {
    await store.close();
  }
}
