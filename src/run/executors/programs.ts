import { join } from 'node:path';
import { packageRoot } from '../../package-root.ts';

/** Our own programs, bundled. */
export interface Programs {
  readonly childProcess: string;
  readonly reaper: string;
}

export function programsIn(folder: string): Programs {
  return {
    childProcess: join(folder, 'child-process.js'),
    reaper: join(folder, 'reaper.js'),
  };
}

export const builtPrograms = programsIn(join(packageRoot, 'dist'));
