// `npm run bench [NAME...] [-- OPTIONS]`: measures with bench/NAME.ts, or all of them, and prints a table. See --help.
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { root, runScript, setUp } from './set-up.mjs';

await runScript(async () => {
  await setUp();
  process.chdir(root);
  const { main } = await import(pathToFileURL(await bundle('support/main')).href);
  return main(process.argv.slice(2), bundle);
});

/** @param {string} name */
async function bundle(name) {
  const { build } = await import('esbuild');
  // In node_modules/.cache, so that packages are found from there.
  const outfile = path.join(root, 'node_modules', '.cache', 'pipe', 'bench', `${name}.mjs`);
  await build({
    entryPoints: [path.join(root, 'bench', `${name}.ts`)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  return outfile;
}
