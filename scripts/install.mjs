import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/**
 * Installs the packages of package-lock.json unless exactly they are there already. Uses nothing but Node.
 * All packages with binaries carry them inside, for every Node version, so only platform and lock decide.
 * @param {string} root
 * @returns {boolean} whether something was installed
 */
export function install(root) {
  const stampFile = path.join(root, 'node_modules', '.cache', 'pipe', 'installed');
  const stamp = `${process.platform}-${process.arch} ${createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex')}\n`;
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return false;
  const missing = !isInstalled(root);
  if (missing) npmCi(root);
  linkCommand(root);
  mkdirSync(path.dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
  return missing;
}

/**
 * Makes `npx pipe` find this folder's program at once; npm itself would link it into a cache of its own first.
 * @param {string} root
 */
function linkCommand(root) {
  const link = path.join(root, 'node_modules', '.bin', 'pipe');
  if (existsSync(link) || process.platform === 'win32') return;
  symlinkSync(path.join('..', '..', 'bin', 'pipe.js'), link);
}

/**
 * Whether npm's own record of what it installed agrees with the lock, for somebody who ran `npm install` by hand.
 * Optional packages may be missing: they belong to other platforms.
 * @param {string} root
 */
function isInstalled(root) {
  const record = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = packagesOf(path.join(root, 'package-lock.json'));
  const installed = packagesOf(record);
  return Object.entries(wanted).every(([name, { version, optional = false, peer = false }]) => {
    if (name === '') return true;
    const found = installed[name];
    if (found === undefined) return optional || peer;
    return found.version === version && existsSync(path.join(root, name, 'package.json'));
  });
}

/**
 * @param {string} file
 * @returns {Record<string, { version: string, optional?: boolean, peer?: boolean }>}
 */
function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/** @param {string} root */
function npmCi(root) {
  console.log('Installing packages (npm ci) …');
  const options = [
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const npm = process.env.npm_execpath;
  const started = Date.now();
  const { status, error } =
    npm === undefined
      ? spawnSync('npm', options, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
      : spawnSync(process.execPath, [npm, ...options], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    throw new Error(
      `npm ci failed${error === undefined ? '' : ` (${error.message})`}. ` +
        'It needs a package registry (npm config get registry) and a writable folder; try `npm ci --ignore-scripts` by hand.',
    );
  }
  console.log(`Installed in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
}
