import { basename } from 'node:path';
import { arch, platform } from 'node:process';

/** The name of a wheel: distribution-version(-build)?-python-abi-platform.whl, as PEP 427 has it. */
export interface WheelName {
  readonly file: string;
  /** Normalised: small letters and hyphens. */
  readonly distribution: string;
  readonly version: string;
  readonly python: string;
  /** Such as `manylinux_2_27_x86_64`; one wheel may have several. */
  readonly platforms: readonly string[];
}

export function parseWheelName(path: string): WheelName | undefined {
  const file = basename(path);
  const [, distribution, version, python, platforms] =
    /^([A-Za-z0-9._]+)-([^-]+)(?:-\d[^-]*)?-([^-]+)-[^-]+-([^-]+)\.whl$/.exec(file) ?? [];
  if (distribution === undefined || version === undefined || python === undefined || platforms === undefined) {
    return undefined;
  }
  return { file, distribution: normaliseName(distribution), version, python, platforms: platforms.split('.') };
}

/** PEP 503. */
export const normaliseName = (name: string): string => name.replaceAll(/[-_.]+/g, '-').toLowerCase();

const machineNames: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** The machine's name in wheels; undefined where no wheel of TensorFlow can be used. */
export function wheelMachine(): string | undefined {
  if (platform !== 'linux') return undefined;
  return machineNames[arch];
}

/** Whether a wheel's binaries are for this kind of machine. */
export function fitsThisMachine({ platforms }: WheelName): boolean {
  const machine = wheelMachine();
  return (
    machine !== undefined && platforms.some((name) => name.startsWith('manylinux') && name.endsWith(`_${machine}`))
  );
}
