import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Nothing stands aside for longer than a moment, in milliseconds. */
const hour = 3600 * 1000;

/** Removes what killed processes have left aside in a folder, as far as possible. */
export function removeLeftovers(folder: string, isAside: (name: string) => boolean): void {
  try {
    for (const name of readdirSync(folder).filter(isAside)) {
      const path = join(folder, name);
      if (Date.now() - statSync(path).mtimeMs > hour) rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // It is in nobody's way: the next one tries again.
  }
}
