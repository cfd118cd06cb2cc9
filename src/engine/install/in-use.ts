import { readFileSync, readdirSync, realpathSync } from 'node:fs';

/**
 * Numbers of the processes that have a library below a folder loaded, as far as Linux shows them: those of other users,
 * and of other machines that share the folder, are not seen.
 */
export function processesUsing(folder: string): number[] {
  const marker = ` ${realPath(folder)}/`;
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/maps`).includes(marker))
    .map(Number);
}

function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A process may end at any moment. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
