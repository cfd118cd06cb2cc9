// `npm start`: sets up what is missing, then runs the demo.
import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { root, runScript, setUp } from './set-up.mjs';

await runScript(async () => {
  await setUp();
  const pipe = path.join(root, 'bin', 'pipe.js');
  const child = spawn(process.execPath, [pipe, 'run', path.join('pipelines', 'demo.yaml'), ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
  });
  // A terminal sends Ctrl-C to the child too; this process only waits for it to close its record.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  return await new Promise((resolve, reject) => child.on('error', reject).on('close', (code) => resolve(code ?? 1)));
});
