import { HttpError, type TextAnswer, getText } from './http-get.ts';
import { installError } from './install-error.ts';
import { type PipConfig, withoutPassword } from './pip-config.ts';
import { preferredPython } from './pinned.ts';
import { type Requirement, compareVersions, isFinal, isInRange, nearestVersions } from './version-ranges.ts';
import { type WheelName, fitsThisMachine, parseWheelName } from './wheel-name.ts';

/** A wheel as an index names it. */
export interface IndexedWheel {
  readonly name: WheelName;
  readonly url: URL;
  readonly sha256: string | undefined;
  readonly bytes: number | undefined;
}

/**
 * Finds the newest wheel that a requirement and this machine allow, by the simple API of the first index that has one.
 * Throws a PipeError (`engine-no-wheel`), or rejects with what the network said.
 */
export async function findWheel(
  { distribution, range }: Requirement,
  config: PipConfig,
  signal: AbortSignal,
): Promise<IndexedWheel> {
  const versions = new Set<string>();
  for (const index of config.indexes) {
    const listed = await listWheels(index, distribution, config, signal);
    const usable = listed.filter(({ name }) => isFinal(name.version) && fitsThisMachine(name));
    for (const { name } of usable) versions.add(name.version);
    const fitting = usable.filter(({ name }) => isInRange(name.version, range));
    const [best] = fitting.sort((a, b) => preference(b.name, a.name));
    if (best !== undefined) return best;
  }
  throw installError(
    'engine-no-wheel',
    `No index has a wheel of ${distribution} ${range} for this machine (${process.platform} ${process.arch}).`,
    `${nearestText([...versions], range)} Asked: ${config.indexes.map(withoutPassword).join(', ')}.`,
  );
}

function nearestText(versions: readonly string[], range: string): string {
  if (versions.length === 0) return 'They have no release of it at all for this machine.';
  return `The nearest that are there: ${nearestVersions(versions, range).join(', ')} (--version).`;
}

function preference(a: WheelName, b: WheelName): number {
  return compareVersions(a.version, b.version) || Number(isPreferred(a)) - Number(isPreferred(b));
}

const isPreferred = ({ python }: WheelName): boolean => python === preferredPython || python === 'py3';

/** PEP 691's JSON where the index has it, else PEP 503's HTML. */
async function listWheels(
  index: string,
  distribution: string,
  { certificates }: PipConfig,
  signal: AbortSignal,
): Promise<IndexedWheel[]> {
  const url = new URL(`${index.replace(/\/*$/, '')}/${distribution}/`);
  const headers = { accept: 'application/vnd.pypi.simple.v1+json, text/html;q=0.1' };
  try {
    const answer = await getText(url, { signal, headers, certificates });
    const files = answer.type.includes('json') ? filesOfJson(answer) : filesOfHtml(answer);
    return files.flatMap((file) => {
      const name = parseWheelName(file.filename);
      return name === undefined ? [] : [{ ...file, name }];
    });
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return [];
    throw error;
  }
}

type IndexedFile = Omit<IndexedWheel, 'name'> & { readonly filename: string };

function filesOfJson({ text, url }: TextAnswer): IndexedFile[] {
  const { files } = JSON.parse(text) as {
    files: { filename: string; url: string; hashes: Record<string, string>; size?: number; yanked?: unknown }[];
  };
  return files
    .filter(({ yanked = false }) => yanked === false)
    .map((file) => ({
      filename: file.filename,
      url: new URL(file.url, url),
      sha256: file.hashes['sha256'],
      bytes: file.size,
    }));
}

/** Each file is a link whose fragment is its hash. */
function filesOfHtml({ text, url }: TextAnswer): IndexedFile[] {
  const links = text.matchAll(/<a\s[^>]*?href="([^"]+)"[^>]*>\s*([^<\s]+)\s*<\/a>/gi);
  return Array.from(links, ([, href = '', filename = '']) => {
    const target = new URL(href.replaceAll('&amp;', '&'), url);
    const sha256 = /^#sha256=([0-9a-f]{64})$/.exec(target.hash)?.[1];
    target.hash = '';
    return { filename, url: target, sha256, bytes: undefined };
  });
}
