import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { install } from './install.mjs';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Makes a fresh clone ready: packages, our bundled programs and the WebAssembly kernels. Does nothing where that is done. */
export async function setUp() {
  installPackages();
  await buildPrograms();
}

/** Uses nothing but Node, so that it can be the first thing that runs in a fresh clone. */
export function installPackages() {
  checkNode();
  install(root);
}

export async function buildPrograms() {
  // Imported only now: building needs packages.
  const { build } = await import('./build.mjs');
  await build();
}

/**
 * Runs a script's main part; what goes wrong in it is printed in one line, with exit code 4 (environment).
 * @param {() => Promise<number>} main
 */
export async function runScript(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(`error[set-up]: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 4;
  }
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(
    `Node ${process.versions.node} is too old: pipe needs Node 20.19 or newer (nodejs.org, nvm or your module system).`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runScript(async () => {
    await setUp();
    return 0;
  });
}
