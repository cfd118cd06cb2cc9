import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';

/** Which of the paths below the root, written with forward slashes, are not there. Reads each folder once. */
export async function missingFiles(root: string, paths: readonly string[]): Promise<string[]> {
  const folders = [...new Set(paths.map((path) => posix.dirname(path)))];
  const names = new Map(
    await Promise.all(
      folders.map(async (folder) => [folder, new Set(await readdir(join(root, folder)).catch(() => []))] as const),
    ),
  );
  return paths.filter((path) => names.get(posix.dirname(path))?.has(posix.basename(path)) !== true);
}
