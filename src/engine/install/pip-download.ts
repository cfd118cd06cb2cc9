import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { preferredPython } from './pinned.ts';
import { runProgram } from './run-program.ts';
import type { Requirement } from './version-ranges.ts';

export interface PipDownload {
  readonly wheel?: string;
  /** Why it did not work, in a few words. */
  readonly failure?: string;
}

/** What `failure` says where the disk is full. */
export const diskFullCause = 'the disk is full';

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
  return { failure: causeOf(stderr === '' ? stdout : stderr) };
}

const causes: readonly (readonly [pattern: RegExp, cause: string])[] = [
  [/No space left on device|Disk quota exceeded/, diskFullCause],
  [/invalid path: (.+)/, 'the file of certificates is not there: $1'],
  [/CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError/, "it does not trust the index's certificate"],
  [/ProxyError|Cannot connect to proxy/, 'it cannot reach the proxy'],
  [/Invalid URL|MissingSchema|Location parse error/, 'the address of the index is none'],
  [/\b40[137]\b.*(Error|Forbidden|Unauthorized)/, 'the index refuses it'],
  [
    /NewConnectionError|Max retries|ConnectionError|NameResolutionError|timed out|unreachable/i,
    'it cannot reach the index',
  ],
  // After a failed connection too, because no release was seen.
  [/No matching distribution found/, 'it finds no such release for this machine'],
];
const longestCause = 120;

/** pip says much, and what matters in the middle of it. */
export function causeOf(output: string): string {
  for (const [pattern, cause] of causes) {
    const found = pattern.exec(output);
    if (found !== null) return cause.replace('$1', (found[1] ?? '').trim());
  }
  const lines = output.split('\n').map((line) => line.trim());
  const last = lines.findLast((line) => line.startsWith('ERROR:')) ?? lines.findLast((line) => line !== '') ?? '';
  const text = last.replace(/^ERROR:\s*/, '');
  return text.length > longestCause ? `${text.slice(0, longestCause)}…` : text;
}
