import { installCommand } from '../../engine/install-command.ts';
import { type InstallableEngine, inspectEngine, installableEngines } from '../../engine/installed.ts';
import { engineNames, fastestInstalled } from '../../plan/engines.ts';
import { version } from '../version.ts';
import { buildCommand, wasmFault } from './engine-kernels.ts';
import { probeEngine } from './engine-probe.ts';

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

/** Looks at every engine, and asks the library of each that is installed for its device, in a process of its own. */
export async function engineStatuses(): Promise<EngineStatus[]> {
  const auto = fastestInstalled()?.name ?? 'wasm';
  const fault = wasmFault();
  const wasm: EngineStatus = {
    name: 'wasm',
    state: fault === undefined ? 'works' : 'broken',
    ...(fault !== undefined && { reason: fault, command: buildCommand }),
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
  const found = inspectEngine(name);
  if (found.state === 'missing') return { name, state: 'not installed', command: installCommand(name), auto };
  if (found.state === 'broken') return { name, ...found, auto };
  const { library, gpus, timesWasm, folder } = found.engine;
  const device = name === 'webgpu' && gpus === 0 ? `${found.engine.device} (software)` : found.engine.device;
  const facts = { version: library, device, timesWasm, folder, auto };
  const fault = await probeEngine(found.engine);
  return fault === undefined ? { name, state: 'works', ...facts } : { name, state: 'broken', ...facts, ...fault };
}
