import { isBuiltin } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type BuildFailure, type Plugin } from 'esbuild';
import { PipeError, exitCodes } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import { systemText } from '../system-text.ts';
import { fileState } from './file-state.ts';

export interface BundledModule {
  /** The bundle, importing packages by file URL, so that it runs from any folder. */
  readonly text: string;
  /** The same with packages as name@version: equal for equal code, wherever it lies. */
  readonly canonical: string;
  /**
   * State of every source file in it, and of each package.json that gives a package's version, by absolute path: before it was
   * read, so that one which was saved in the meantime counts as changed.
   */
  readonly sources: ReadonlyMap<string, string>;
}

/** What is behind our `Type` is in every stage: set-up made one file of its 200, which a process loads once for all. */
const schemaLibrary = { name: '@sinclair/typebox', file: join(packageRoot, 'dist', 'typebox.js') };

/** Bundles one TypeScript or JavaScript module by esbuild, minified and without comments. */
export async function bundleModule(entry: string): Promise<BundledModule> {
  const packages = new Map<string, string>();
  const sources = new Map<string, string>();
  const result = await build({
    entryPoints: [entry],
    absWorkingDir: packageRoot,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
    plugins: [externalPackages(packages, sources), noteStates(sources)],
  }).catch((cause: unknown) => {
    throw compileError(entry, cause);
  });
  const text = result.outputFiles[0]?.text ?? '';
  let canonical = text;
  for (const [url, name] of packages) canonical = canonical.replaceAll(url, name);
  return { text, canonical, sources };
}

/** esbuild reads each file after this. */
function noteStates(sources: Map<string, string>): Plugin {
  return {
    name: 'note-states',
    setup(building) {
      building.onLoad({ filter: /.*/ }, ({ path }) => {
        sources.set(path, fileState(path));
        return undefined;
      });
    },
  };
}

/** Leaves npm packages out of the bundle, and notes their exact versions. */
function externalPackages(packages: Map<string, string>, sources: Map<string, string>): Plugin {
  return {
    name: 'external-packages',
    setup(building) {
      building.onResolve({ filter: /^[^./]/ }, async (request) => {
        if (request.kind === 'entry-point' || request.pluginData === 'resolving') return undefined;
        if (isBuiltin(request.path)) return { path: request.path, external: true };
        if (request.path === 'pipe/stage') return { path: join(packageRoot, 'src/stage/index.ts') };
        const found = await building.resolve(request.path, {
          resolveDir: request.resolveDir,
          kind: request.kind,
          pluginData: 'resolving',
        });
        if (found.errors.length > 0) return { errors: found.errors };
        const manifest = manifestOf(found.path);
        const isOurs = request.path === schemaLibrary.name && request.importer.startsWith(join(packageRoot, 'src'));
        const url = pathToFileURL(isOurs ? schemaLibrary.file : found.path).href;
        sources.set(manifest, fileState(manifest));
        const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as { name: string; version: string };
        packages.set(url, `${name}@${version}/${relative(dirname(manifest), found.path)}`);
        return { path: url, external: true };
      });
    },
  };
}

/** The package.json that names the package of a file (an inner one may only set the module type). */
function manifestOf(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) continue;
    const content = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string; version?: string };
    if (content.name !== undefined && content.version !== undefined) return manifest;
  }
  throw new Error(`no package.json above ${file}`);
}

function compileError(entry: string, cause: unknown): PipeError {
  const failures = (cause as Partial<BuildFailure>).errors ?? [];
  if (failures.length === 0) {
    // Not the code is at fault: esbuild's process was killed, say.
    return new PipeError('bundler-failed', `${entry} could not be bundled: ${systemText(cause)}.`, {
      exitCode: exitCodes.environment,
      advice: 'Run again. If it stays so, install anew: remove node_modules and run `npm start`.',
      cause,
    });
  }
  const lines = failures.map(({ text, location }) =>
    location === null
      ? text
      : `${resolve(packageRoot, location.file)}:${location.line}:${location.column + 1}: ${text}`,
  );
  return new PipeError('broken-code', `${entry} does not compile:\n${lines.join('\n')}`, {
    exitCode: exitCodes.usage,
    advice: 'Mend the file; npm packages that it imports must be installed where it lies.',
    cause,
  });
}
