import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines } from './install-error.ts';
import { preferredPython } from './pinned.ts';
import { runProgram } from './run-program.ts';
import type { Requirement } from './version-ranges.ts';

export interface PipDownload {
  readonly wheel?: string;
  /** Why it did not work, in pip's words; or that there is no pip. */
  readonly failure?: string;
}

/**
 * Asks pip, which knows the user's indexes, proxies, certificates and passwords. The Python that runs it does not
 * matter: it is told to take wheels for another. What it has for a moment beside the wheel lies in `folder` as well.
 */
export async function pipDownload(
  { distribution, range }: Requirement,
  folder: string,
  { signal, shown }: { readonly signal: AbortSignal; readonly shown: boolean },
): Promise<PipDownload> {
  const scratch = join(folder, 'pip');
  mkdirSync(scratch, { recursive: true });
  const python = `${preferredPython.slice(2, 3)}.${preferredPython.slice(3)}`;
  const words = [
    ...['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--no-cache-dir', '--no-input'],
    ...['--disable-pip-version-check', '--retries', '1', '--python-version', python, '--dest', folder],
    `${distribution}${range}`,
  ];
  const { code, error, stderr, stdout } = await runProgram('python3', words, {
    signal,
    shown,
    environment: { TMPDIR: scratch },
  });
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
  if (code === 0 && wheel !== undefined) return { wheel: join(folder, wheel) };
  if (error !== undefined) return { failure: 'there is no python3' };
  if (stderr.includes('No module named pip')) return { failure: 'this python3 has no pip' };
  return { failure: lastLines(stderr === '' ? stdout : stderr, 3).trim() };
}
