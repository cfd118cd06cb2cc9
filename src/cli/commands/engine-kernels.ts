import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../package-root.ts';

export interface KernelState {
  /** Paths of the WebAssembly files that were built, relative to the package's folder. */
  readonly kernels: readonly string[];
  /** Those of them that are gone or are no WebAssembly. */
  readonly broken: readonly string[];
}

export const buildCommand = 'npm run build';

/** Looks at the kernels that the build noted; undefined where nothing was built. */
export function inspectKernels(root: string = packageRoot): KernelState | undefined {
  try {
    const stamp = JSON.parse(readFileSync(join(root, 'dist', '.stamp.json'), 'utf8')) as {
      kernels?: Record<string, string>;
    };
    const kernels = Object.keys(stamp.kernels ?? {});
    return { kernels, broken: kernels.filter((file) => !isWebAssembly(join(root, file))) };
  } catch {
    return undefined;
  }
}

/** Why the embedded engine does not work: its own kernels alone count. */
export function wasmFault(root: string = packageRoot): string | undefined {
  const isOwn = (file: string) => file.startsWith('src/engine/wasm/');
  const { kernels = [], broken = [] } = inspectKernels(root) ?? {};
  if (!kernels.some(isOwn)) return 'its kernels are not built';
  const own = broken.filter(isOwn);
  return own.length === 0 ? undefined : `missing or damaged: ${own.join(', ')}`;
}

function isWebAssembly(file: string): boolean {
  try {
    new WebAssembly.Module(readFileSync(file));
    return true;
  } catch {
    return false;
  }
}
