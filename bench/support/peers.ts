import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/** The Python that the peers run in. */
export interface PeerPython {
  /** Its program; undefined when there is none, and ours alone are measured. */
  readonly program: string | undefined;
  readonly packages: Readonly<Record<string, string>>;
  /** What is missing and why, for people. */
  readonly notes: readonly string[];
}

interface Made {
  /** Of the requirements, and of the Python they were installed for. */
  readonly from: string;
  readonly missing: readonly string[];
}

const requirements = 'bench/support/requirements.txt';

/**
 * The Python named by PIPE_BENCH_PYTHON or PYTHON, else an environment of our own in `folder`: made once, and again when the
 * requirements change. What cannot be had is named in `notes`; nothing throws.
 */
export function preparePeers(folder: string): PeerPython {
  const { PIPE_BENCH_PYTHON = '', PYTHON = '' } = process.env;
  const given = PIPE_BENCH_PYTHON === '' ? PYTHON : PIPE_BENCH_PYTHON;
  if (given !== '') return withPackages(given, []);
  const system = ['python3', 'python'].find((name) => output(name, ['--version']).text.startsWith('Python 3.'));
  if (!system) return absent('There is no python3. Install Python 3.11 to 3.13, or name one by PIPE_BENCH_PYTHON.');
  const wanted = readFileSync(requirements, 'utf8');
  const from = hash('sha256', `${output(system, ['--version']).text}\n${wanted}`);
  const note = path.join(folder, 'made.json');
  const program = path.join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const made = readMade(note);
  if (made?.from === from && existsSync(program)) return withPackages(program, missingNotes(made, folder));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.dirname(folder), { recursive: true });
  console.log(`Making a Python environment for the peers in ${folder}: about 6 GB, some minutes, once.`);
  const venv = output(system, ['-m', 'venv', folder]);
  if (!venv.ok) {
    rmSync(folder, { recursive: true, force: true });
    return absent(`${system} cannot make an environment (Debian: apt-get install python3-venv): ${venv.reason}`);
  }
  const lines = wanted.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const missing = install(program, lines);
  if (missing === undefined) {
    rmSync(folder, { recursive: true, force: true });
    return absent('The peers could not be installed: pip says why above. Is there a network, and room on the disk?');
  }
  const result: Made = { from, missing };
  writeFileSync(note, JSON.stringify(result));
  return withPackages(program, missingNotes(result, folder));
}

/** What could not be installed; undefined when nothing could. */
function install(program: string, lines: readonly string[]): string[] | undefined {
  if (!pip(program, lines.slice(0, 1))) return undefined;
  if (pip(program, lines)) return [];
  return lines.filter((line) => !pip(program, [line]));
}

function pip(program: string, packages: readonly string[]): boolean {
  const words = ['-m', 'pip', 'install', '--disable-pip-version-check', '--retries', '1', '--quiet', ...packages];
  return spawnSync(program, words, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

function missingNotes({ missing }: Made, folder: string): string[] {
  if (missing.length === 0) return [];
  return [`Without ${missing.join(', ')}, which could not be installed; to try again, remove ${folder}.`];
}

function withPackages(program: string, notes: readonly string[]): PeerPython {
  const { ok, text, reason } = output(program, ['-m', 'pip', 'list', '--format=json', '--disable-pip-version-check']);
  if (!ok)
    return output(program, ['--version']).ok ? { program, packages: {}, notes } : absent(`${program}: ${reason}`);
  const packages = JSON.parse(text) as { name: string; version: string }[];
  return { program, packages: Object.fromEntries(packages.map(({ name, version }) => [name, version])), notes };
}

function absent(reason: string): PeerPython {
  return { program: undefined, packages: {}, notes: [`Ours alone were measured. ${reason}`] };
}

function readMade(note: string): Made | undefined {
  try {
    return JSON.parse(readFileSync(note, 'utf8')) as Made;
  } catch {
    return undefined;
  }
}

function output(program: string, words: readonly string[]) {
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  const said = `${stderr || ''}\n${stdout || ''}`.trim().split('\n').at(-1) ?? '';
  return { ok: status === 0, text: (stdout || '').trim(), reason: error ? error.message : said };
}
