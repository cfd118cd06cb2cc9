import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { versions } from 'node:process';
import { exitCodes } from '../../errors.ts';
import { packageRoot } from '../../package-root.ts';
import { formatBytes } from '../duration.ts';
import type { CommonOptions } from '../options.ts';
import { createTerminal } from '../terminal.ts';
import { type WorkspaceFolders, findWorkspace } from '../workspace.ts';
import { shareOfWasm } from './engine-install.ts';
import { buildCommand, inspectKernels } from './engine-kernels.ts';
import { type EngineStatus, engineStatuses } from './engine-status.ts';

/** `failed`: pipelines will not run · `note`: some things will not work. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'note' | 'failed';
  readonly detail: string;
  readonly advice?: string;
}

/** Less than this and a run may fill the disk. */
const smallDiskBytes = 2e9;

/** `pipe doctor`: what a run needs of this machine and this folder. */
export async function doctor(options: CommonOptions): Promise<number> {
  const { json, print, printJson, colours } = createTerminal(options);
  const folders = findWorkspace(options.workspace);
  const checks: readonly Check[] = [
    nodeCheck(),
    kernelCheck(),
    await indexCheck(),
    ...(await engineStatuses()).map(engineCheck),
    folderCheck('artifacts', folders.artifacts),
    folderCheck('experiments', folders.experiments),
    diskCheck(folders),
    {
      name: 'machine',
      state: 'ok' as const,
      detail: `${availableParallelism()} cores, ${formatBytes(totalmem())} memory`,
    },
    dataCheck(folders),
    await programCheck('git', ['--version'], 'records name no commit without it'),
    await programCheck('python3', ['--version'], 'only for stages that are Python programs'),
  ];
  const marks = { ok: colours.green('ok    '), note: colours.yellow('note  '), failed: colours.red('FAILED') };
  for (const check of checks) {
    if (json) printJson(check);
    else
      print(
        `${marks[check.state]} ${check.name}: ${check.detail}${check.advice === undefined ? '' : `\n         ${check.advice}`}`,
      );
  }
  return checks.some(({ state }) => state === 'failed') ? exitCodes.environment : exitCodes.done;
}

function nodeCheck(): Check {
  const [major = 0, minor = 0] = versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return {
    name: 'node',
    state: ok ? 'ok' : 'failed',
    detail: versions.node,
    ...(!ok && { advice: 'Install Node 20.19 or newer.' }),
  };
}

/** The compiled kernels that the build noted. */
function kernelCheck(): Check {
  const advice = `Run \`${buildCommand}\` in ${packageRoot}.`;
  const found = inspectKernels();
  if (found === undefined) return { name: 'kernels', state: 'failed', detail: 'not built', advice };
  const { kernels, broken } = found;
  if (broken.length === 0) return { name: 'kernels', state: 'ok', detail: `${kernels.length} WebAssembly kernels` };
  return { name: 'kernels', state: 'failed', detail: `missing or damaged: ${broken.join(', ')}`, advice };
}

async function indexCheck(): Promise<Check> {
  try {
    await import('lmdb');
    return { name: 'lmdb', state: 'ok', detail: 'loads' };
  } catch (error) {
    const advice = `Run \`npm ci --ignore-scripts\` in ${packageRoot}.`;
    return { name: 'lmdb', state: 'failed', detail: error instanceof Error ? error.message : String(error), advice };
  }
}

/** An engine that was installed and does not work is a note: there is wasm. */
function engineCheck({ name, state, version, device, timesWasm, reason, command, auto }: EngineStatus): Check {
  const facts = [
    state,
    ...(version === undefined ? [] : [version]),
    ...(device === undefined ? [] : [`on ${device}`]),
    ...(timesWasm === undefined || name === 'wasm' ? [] : [shareOfWasm(timesWasm)]),
    ...(reason === undefined ? [] : [reason]),
    ...(auto ? ['auto takes it'] : []),
  ];
  return {
    name: `engine ${name}`,
    state: state === 'works' ? 'ok' : name === 'wasm' ? 'failed' : 'note',
    detail: facts.join(', '),
    ...(command !== undefined && { advice: `\`${command}\` ${state === 'broken' ? 'mends it' : 'installs it'}.` }),
  };
}

function folderCheck(name: string, folder: string): Check {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.R_OK);
    return { name, state: 'ok', detail: folder };
  } catch (error) {
    const detail = `${folder}: ${error instanceof Error ? error.message : String(error)}`;
    return {
      name,
      state: 'failed',
      detail,
      advice: 'Make it writable, or choose another folder with --workspace DIR.',
    };
  }
}

function diskCheck({ root }: WorkspaceFolders): Check {
  const { bavail, bsize } = statfsSync(root);
  const free = bavail * bsize;
  const detail = `${formatBytes(free)} free`;
  return free > smallDiskBytes
    ? { name: 'disk', state: 'ok', detail }
    : { name: 'disk', state: 'note', detail, advice: '`pipe gc` frees what no recorded run reaches.' };
}

function dataCheck({ root }: WorkspaceFolders): Check {
  const file = join(root, '.pipe', 'data.yaml');
  const named = Object.keys(process.env).filter((name) => name.startsWith('PIPE_DATA_'));
  const places = [...(existsSync(file) ? [file] : []), ...named];
  return {
    name: 'data',
    state: 'ok',
    detail: places.length > 0 ? `folders from ${places.join(', ')}` : 'none noted; the demo brings its own',
  };
}

function programCheck(name: string, args: readonly string[], use: string): Promise<Check> {
  return new Promise((resolve) => {
    execFile(name, args, { timeout: 10_000 }, (error, output) =>
      resolve(
        error === null
          ? { name, state: 'ok', detail: output.trim() }
          : { name, state: 'note', detail: `not found: ${use}` },
      ),
    );
  });
}
