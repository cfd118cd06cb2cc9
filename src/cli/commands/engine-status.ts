import { execFile } from 'node:child_process';
import { execPath } from 'node:process';
import { bindingName } from '../../engine/install/compile-binding.ts';
import {
  type InstallableEngine,
  type InstalledEngine,
  inspectEngine,
  installableEngines,
} from '../../engine/installed.ts';
import { engineNames, fastestInstalled, installCommand, installedEnvironment } from '../../plan/engines.ts';
import { version } from '../version.ts';

/** An engine for people: whether it works here, and what would make it work. */
export interface EngineStatus {
  readonly name: string;
  readonly state: 'works' | 'not installed' | 'broken';
  /** Of its library. */
  readonly version?: string;
  readonly device?: string;
  /** Time of a training step as a share of wasm's, measured when it was installed. */
  readonly timesWasm?: number;
  readonly folder?: string;
  /** Why it does not work. */
  readonly reason?: string;
  /** The command that mends it. */
  readonly command?: string;
  /** Whether `engine: auto` means this one. */
  readonly auto: boolean;
}

/** Looks at every engine, and loads the library of each that is installed, in a process of its own. */
export async function engineStatuses(): Promise<EngineStatus[]> {
  const auto = fastestInstalled()?.name ?? 'wasm';
  const wasm: EngineStatus = {
    name: 'wasm',
    state: 'works',
    version: `pipe ${version()}`,
    device: 'CPU',
    timesWasm: 1,
    auto: auto === 'wasm',
  };
  const known = engineNames();
  const others = installableEngines.filter((name) => known.includes(name));
  return [wasm, ...(await Promise.all(others.map((name) => statusOf(name, auto === name))))];
}

async function statusOf(name: InstallableEngine, auto: boolean): Promise<EngineStatus> {
  const command = installCommand(name);
  const found = inspectEngine(name);
  if (found.state === 'missing') return { name, state: 'not installed', command, auto };
  if (found.state === 'broken') return { name, state: 'broken', reason: found.reason, command, auto };
  const { library, gpus, timesWasm, folder } = found.engine;
  const device = name === 'webgpu' && gpus === 0 ? `${found.engine.device} (software)` : found.engine.device;
  const facts = { version: library, device, timesWasm, folder, auto };
  const reason = await loadFailure(found.engine);
  if (reason === undefined) return { name, state: 'works', ...facts };
  return { name, state: 'broken', ...facts, reason, command: `${command} --force` };
}

/** Why a library does not load, such as one of another machine that shares this folder. */
function loadFailure(engine: InstalledEngine): Promise<string | undefined> {
  const file = engine.name === 'tensorflow' ? bindingName : 'dawn.node';
  const environment = installedEnvironment({ version: '', environment: { TF_CPP_MIN_LOG_LEVEL: '3' } }, engine);
  return new Promise((resolve) => {
    execFile(
      execPath,
      ['--eval', `require(process.argv[1]); process.exit(0);`, `${engine.folder}/${file}`],
      { timeout: 60_000, env: { ...process.env, ...environment } },
      (error, _stdout, stderr) => resolve(error === null ? undefined : reasonIn(stderr, error)),
    );
  });
}

function reasonIn(
  stderr: string,
  { message, signal }: { readonly message: string; readonly signal?: unknown },
): string {
  if (typeof signal === 'string') return `its library ends the process (${signal})`;
  return /^Error: (.+)$/m.exec(stderr)?.[1] ?? stderr.trim().split('\n').at(-1) ?? message;
}
