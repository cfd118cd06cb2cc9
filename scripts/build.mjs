import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, 'dist');
const stampFile = path.join(dist, '.stamp.json');

const programs = {
  cli: 'src/cli/main.ts',
  'child-process': 'src/run/child-process.ts',
  reaper: 'src/run/reaper.ts',
};

/** In every stage type: as one file instead of its 200, and loaded once by all of them (src/plan/bundle-module.ts). */
const schemaLibrary = { entry: '@sinclair/typebox', file: 'typebox.js' };

/** @typedef {{ programs?: string, kernels?: Record<string, string> }} Stamp */

/**
 * Bundles our programs to `dist/` and compiles `X/assembly/NAME.ts` to `X/build/NAME.wasm`, whichever is out of date.
 * Every file is written aside and renamed, so that builds side by side and running programs do not see half of one.
 */
export async function build() {
  const stamp = readStamp();
  const [programDigest, kernels] = [
    digestOf([...sources('src'), 'scripts/build.mjs', 'package-lock.json']),
    kernelSources(),
  ];
  /** @type {Stamp} */
  const now = { programs: programDigest, kernels: {} };
  if (stamp.programs !== programDigest || !isComplete()) await bundlePrograms();
  for (const { source, target, digest } of kernels) {
    if (stamp.kernels?.[target] !== digest || !existsSync(path.join(root, target))) await compileKernel(source, target);
    now.kernels = { ...now.kernels, [target]: digest };
  }
  if (JSON.stringify(now) !== JSON.stringify(stamp)) writeWhole(stampFile, JSON.stringify(now));
}

function isComplete() {
  const files = Object.entries(programs).flatMap(([name, source]) =>
    existsSync(path.join(root, source)) ? [`${name}.js`] : [],
  );
  return [...files, schemaLibrary.file].every((file) => existsSync(path.join(dist, file)));
}

/** @returns {Stamp} */
function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

async function bundlePrograms() {
  const started = Date.now();
  const { build: bundle } = await import('esbuild');
  const entryPoints = Object.fromEntries(
    Object.entries(programs).filter(([, file]) => existsSync(path.join(root, file))),
  );
  const { outputFiles } = await bundle({
    absWorkingDir: root,
    entryPoints,
    outdir: dist,
    bundle: true,
    write: false,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // Loaded as they are: native, large, or found by their own place. The rest is bundled, which starts faster.
    external: ['@resvg/resvg-js', 'ajv', 'esbuild', 'execa', 'ink', 'lmdb', 'react', 'yaml'],
    // Bundled CommonJS packages require Node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    sourcemap: true,
    jsx: 'automatic',
    chunkNames: 'chunk-[hash]',
    logLevel: 'error',
  });
  mkdirSync(dist, { recursive: true });
  await bundleSchemaLibrary(bundle);
  // Chunks first: an entry must never point to one that is not there yet.
  const inOrder = [...outputFiles].sort((a, b) => Number(isChunk(b.path)) - Number(isChunk(a.path)));
  for (const file of inOrder) writeWhole(file.path, file.contents);
  dropOldChunks(new Set(outputFiles.map((file) => file.path)));
  console.log(`Built dist/ in ${Date.now() - started} ms.`);
}

/** @param {typeof import('esbuild').build} bundle */
async function bundleSchemaLibrary(bundle) {
  const { outputFiles } = await bundle({
    absWorkingDir: root,
    stdin: { contents: `export * from '${schemaLibrary.entry}';`, resolveDir: root },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'error',
  });
  for (const file of outputFiles) writeWhole(path.join(dist, schemaLibrary.file), file.contents);
}

/** @param {string} file */
const isChunk = (file) => path.basename(file).startsWith('chunk-');

/**
 * Chunks of earlier builds are kept for a day: a program that was started before may still load them.
 * @param {ReadonlySet<string>} current
 */
function dropOldChunks(current) {
  const dayAgo = Date.now() - 24 * 3600 * 1000;
  for (const name of readdirSync(dist)) {
    const file = path.join(dist, name);
    if (isChunk(file) && !current.has(file) && statSync(file).mtimeMs < dayAgo) rmSync(file, { force: true });
  }
}

/** Each `assembly/NAME.ts` but those that start with `_`, which others import. */
function kernelSources() {
  const files = [...sources('src'), ...sources('stages')].filter(
    (file) => path.basename(path.dirname(file)) === 'assembly',
  );
  return files
    .filter((file) => !path.basename(file).startsWith('_'))
    .map((source) => {
      const folder = path.dirname(source);
      const target = path.join(path.dirname(folder), 'build', `${path.basename(source, '.ts')}.wasm`);
      const neighbours = files.filter((file) => path.dirname(file) === folder);
      return { source, target, digest: digestOf([source, ...neighbours, 'package-lock.json', 'scripts/build.mjs']) };
    });
}

/**
 * @param {string} source
 * @param {string} target
 */
async function compileKernel(source, target) {
  const aside = `${target}.${process.pid}.tmp`;
  mkdirSync(path.join(root, path.dirname(target)), { recursive: true });
  const asc = path.join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
  const options = ['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd'];
  await promisify(execFile)(process.execPath, [asc, source, '-o', aside, ...options], { cwd: root });
  renameSync(path.join(root, aside), path.join(root, target));
  console.log(`Built ${target}.`);
}

/**
 * TypeScript files below a folder, relative to the root, sorted.
 * @param {string} folder
 */
function sources(folder) {
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => path.join(folder, file))
    .sort();
}

/** @param {readonly string[]} files */
function digestOf(files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

/**
 * @param {string} file
 * @param {string | Uint8Array} contents
 */
function writeWhole(file, contents) {
  mkdirSync(path.dirname(file), { recursive: true });
  const aside = `${file}.${process.pid}.tmp`;
  writeFileSync(aside, contents);
  renameSync(aside, file);
}
