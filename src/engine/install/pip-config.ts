import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { installError, messageOf } from './install-error.ts';

/** Where pip would look for packages. */
export interface PipConfig {
  /** Indexes with PEP 503's or 691's simple API, the main one first. */
  readonly indexes: readonly string[];
  /** A file of further certificates to trust. */
  readonly certificates: string | undefined;
}

const publicIndex = 'https://pypi.org/simple';

/** pip's own configuration, so that a mirror that works for pip works here: its variables, then its files. */
export function readPipConfig(): PipConfig {
  const main = setting('index-url') ?? publicIndex;
  const further = (setting('extra-index-url') ?? '').split(/\s+/).filter((url) => url !== '');
  return { indexes: [main, ...further], certificates: setting('cert') };
}

/** Throws a PipeError (`engine-pip-setting`) for a value that nothing could be fetched with. */
export function checkPipConfig({ indexes, certificates }: PipConfig): void {
  const wrong = indexes.find((index) => !/^https?:$/.test(protocolOf(index)));
  if (wrong !== undefined) {
    throw installError(
      'engine-pip-setting',
      `${withoutPassword(wrong)} is not the address of a package index.`,
      'Correct PIP_INDEX_URL, PIP_EXTRA_INDEX_URL or pip.conf: an address begins with https:// or http://.',
    );
  }
  if (certificates === undefined) return;
  try {
    readFileSync(certificates);
  } catch (error) {
    throw installError(
      'engine-pip-setting',
      `The file of certificates ${certificates} cannot be read: ${messageOf(error)}`,
      'Correct PIP_CERT, or `cert` in pip.conf.',
      error,
    );
  }
}

/** An index's address as it can be shown. */
export function withoutPassword(index: string): string {
  return index.replace(/\/\/[^/@]*@/, '//');
}

function protocolOf(index: string): string {
  return URL.canParse(index) ? new URL(index).protocol : '';
}

function setting(name: string): string | undefined {
  const own = env[`PIP_${name.toUpperCase().replaceAll('-', '_')}`];
  if (own !== undefined && own !== '') return own;
  for (const file of configFiles()) {
    const found = readSetting(file, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The most particular one first, as in pip. */
function configFiles(): string[] {
  const { PIP_CONFIG_FILE, XDG_CONFIG_HOME, XDG_CONFIG_DIRS, VIRTUAL_ENV } = env;
  if (PIP_CONFIG_FILE === '/dev/null') return [];
  const user = XDG_CONFIG_HOME ?? join(homedir(), '.config');
  const shared = (XDG_CONFIG_DIRS ?? '/etc/xdg').split(':').map((folder) => join(folder, 'pip', 'pip.conf'));
  return [
    ...(PIP_CONFIG_FILE === undefined ? [] : [PIP_CONFIG_FILE]),
    ...(VIRTUAL_ENV === undefined ? [] : [join(VIRTUAL_ENV, 'pip.conf')]),
    join(user, 'pip', 'pip.conf'),
    join(homedir(), '.pip', 'pip.conf'),
    '/etc/pip.conf',
    ...shared,
  ];
}

/** A value of an INI file: that of the command before the common one; lines that are indented go on. */
function readSetting(file: string, name: string): string | undefined {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const found = new Map<string, string>();
  let section = '';
  let open = false;
  for (const line of text.split('\n')) {
    const [, title] = /^\[([^\]]+)\]/.exec(line) ?? [];
    const [, key, value] = /^([\w-]+)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (title !== undefined) section = title.trim();
    else if (key !== undefined) open = key === name;
    else if (!/^\s+\S/.test(line)) open = false;
    if (open && title === undefined) found.set(section, `${found.get(section) ?? ''} ${value ?? line}`.trim());
  }
  return found.get('download') ?? found.get('global');
}
