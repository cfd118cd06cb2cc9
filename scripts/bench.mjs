// `npm run bench [NAME...]`: bundles and runs bench/NAME.ts, or all of them, one after another.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { root, runScript, setUp } from './set-up.mjs';

await runScript(async () => {
  await setUp();
  const { build } = await import('esbuild');
  let failed = 0;
  for (const name of chosen()) {
    // In node_modules/.cache, so that packages are found from there.
    const outfile = path.join(root, 'node_modules', '.cache', 'pipe', 'bench', `${name}.mjs`);
    const entryPoints = [path.join(root, 'bench', `${name}.ts`)];
    await build({
      entryPoints,
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      logLevel: 'error',
    });
    console.log(`\n# ${name}`);
    const { status } = spawnSync(process.execPath, ['--expose-gc', outfile], { cwd: root, stdio: 'inherit' });
    if (status !== 0) failed += 1;
  }
  return failed === 0 ? 0 : 1;
});

function chosen() {
  const folder = path.join(root, 'bench');
  const all = existsSync(folder) ? readdirSync(folder) : [];
  const names = all.filter((file) => file.endsWith('.ts')).map((file) => path.basename(file, '.ts'));
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`no bench/${unknown.join('.ts, bench/')}.ts; there are: ${names.join(', ')}`);
  return wanted.length > 0 ? wanted : names;
}
