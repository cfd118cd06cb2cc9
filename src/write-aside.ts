import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file in one step: nobody sees half of it, and of several that write it at once one wins. */
export function writeAside(path: string, content: string | Uint8Array): void {
  const aside = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(aside, content);
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}
