import { readdirSync } from 'node:fs';
import { codeOf, guarded } from './fs-errors.ts';

/** What lies in a folder; nothing where there is none. */
export function entries(folder: string): readonly { readonly name: string; readonly path: string }[] {
  return guarded(folder, () => {
    try {
      return readdirSync(folder).map((name) => ({ name, path: `${folder}/${name}` }));
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
      throw error;
    }
  });
}
