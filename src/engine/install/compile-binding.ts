import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { env } from 'node:process';
import { packageRoot } from '../../package-root.ts';
import { installError, lastLines } from './install-error.ts';
import { type ProgramEnd, runProgram } from './run-program.ts';

/** The npm package with the binding's JavaScript and C++ sources. */
export interface BindingPackage {
  readonly folder: string;
  readonly version: string;
}

const packageName = '@tensorflow/tfjs-node-gpu';

/** Throws a PipeError (`engine-package-missing`) where npm was told to leave optional packages out. */
export function findBindingPackage(root: string = packageRoot): BindingPackage {
  const require = createRequire(join(root, 'package.json'));
  try {
    const manifest = require.resolve(`${packageName}/package.json`);
    const { version } = require(manifest) as { version: string };
    return { folder: dirname(manifest), version };
  } catch (error) {
    throw installError(
      'engine-package-missing',
      `The npm package ${packageName} is not installed.`,
      `It is an optional package: run \`npm ci --include=optional --ignore-scripts\` in ${root}.`,
      error,
    );
  }
}

/** The library that the npm package's own install script has fetched, where that script ran. */
export function findPrebuilt({ folder }: BindingPackage): string | undefined {
  const built = join(folder, 'lib', 'napi-v8');
  return existsSync(join(built, 'tfjs_binding.node')) && existsSync(join(folder, 'deps', 'lib')) ? built : undefined;
}

export interface Compiler {
  /** The program, and options that belong to it. */
  readonly command: readonly string[];
  /** The first line of its `--version`. */
  readonly version: string;
}

/** Finds a C++ compiler: CXX, else the usual names. Throws a PipeError (`engine-no-compiler`). */
export async function findCompiler(signal: AbortSignal): Promise<Compiler> {
  const { CXX = '' } = env;
  const own = CXX.split(/\s+/).filter((word) => word !== '');
  const candidates = own.length > 0 ? [own] : [['g++'], ['clang++'], ['c++']];
  for (const command of candidates) {
    const [program = '', ...options] = command;
    const { code, stdout } = await runProgram(program, [...options, '--version'], { signal });
    signal.throwIfAborted();
    const [version = ''] = stdout.trim().split('\n');
    if (code === 0) return { command, version: version === '' ? program : version };
  }
  throw installError(
    'engine-no-compiler',
    own.length > 0 ? `The C++ compiler that CXX names does not work: ${CXX}.` : 'There is no C++ compiler.',
    'Install one: `apt-get install g++` (Debian, Ubuntu), `dnf install gcc-c++` (Fedora, Rocky), ' +
      '`conda install -c conda-forge cxx-compiler`, or `module load gcc` on a cluster; or name one by CXX.',
  );
}

/** Name of the compiled binding, which lies beside the libraries that it loads. */
export const bindingName = 'tfjs_binding.node';

/** Compiles the package's binding against the headers and libraries of a wheel. It uses Node-API alone, so that any Node loads it. */
export async function compileBinding(
  { command, version }: Compiler,
  binding: BindingPackage,
  places: { readonly headers: string; readonly libraries: readonly string[]; readonly folder: string },
  signal: AbortSignal,
): Promise<void> {
  const [program = '', ...options] = command;
  const words = [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-w', '-DNAPI_VERSION=8'],
    ...[`-I${places.headers}`, `-I${nodeApiHeaders()}`, `-I${binding.folder}`],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(binding.folder, 'binding', file)),
    ...places.libraries,
    '-Wl,-rpath,$ORIGIN',
    ...['-o', join(places.folder, bindingName)],
  ];
  const scratch = join(places.folder, 'compiler');
  mkdirSync(scratch);
  const end = await runProgram(program, [...options, ...words], { signal, environment: { TMPDIR: scratch } });
  signal.throwIfAborted();
  rmSync(scratch, { recursive: true, force: true });
  if (end.code === 0 && existsSync(join(places.folder, bindingName))) return;
  throw installError(
    'engine-compile-failed',
    `The binding could not be compiled by ${version}${lastWords(end)}`,
    'It takes C++17 (g++ 9, clang 10 or newer). Another compiler is named by CXX, such as CXX=clang++.',
  );
}

function lastWords({ code, error, stdout, stderr }: ProgramEnd): string {
  const words = lastLines(error?.message ?? (stderr.trim() === '' ? stdout : stderr));
  if (words !== '') return `:\n${words}`;
  return code === 0
    ? ': it ended without an error, and made no file.'
    : `: it ended with code ${code}, and said nothing.`;
}

function nodeApiHeaders(): string {
  return join(dirname(createRequire(join(packageRoot, 'package.json')).resolve('node-api-headers')), 'include');
}
