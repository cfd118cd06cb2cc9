import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { install } from '../../scripts/install.mjs';

let root: string;
const inRoot = (...parts: string[]) => join(root, ...parts);
const lock = (version: string) => JSON.stringify({ packages: { '': {}, 'node_modules/tool': { version } } });

/** Stands for npm: notes each call, and installs as npm does, unless `broken` lies in the folder. */
const npm = `
const { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync, copyFileSync } = require('node:fs');
appendFileSync('calls', process.argv.slice(2).join(' ') + '\\n');
if (existsSync('broken')) process.exit(1);
rmSync('node_modules', { recursive: true, force: true });
mkdirSync('node_modules/tool', { recursive: true });
mkdirSync('node_modules/.bin', { recursive: true });
writeFileSync('node_modules/tool/package.json', '{}');
copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
`;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pipe-install-'));
  writeFileSync(inRoot('package-lock.json'), lock('1.0.0'));
  writeFileSync(inRoot('npm.cjs'), npm);
  vi.stubEnv('npm_execpath', inRoot('npm.cjs'));
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

const calls = () => readFileSync(inRoot('calls'), 'utf8').trimEnd().split('\n');

test('a fresh clone is installed from the lock, without scripts, and not a second time', () => {
  expect([install(root), install(root)]).toEqual([true, false]);
  expect(calls()).toHaveLength(1);
  expect(calls()[0]).toMatch(/^ci --ignore-scripts/);
  expect(readlinkSync(inRoot('node_modules/.bin/pipe'))).toBe('../../bin/pipe.js');
});

test('a changed lock is installed again', () => {
  install(root);
  writeFileSync(inRoot('package-lock.json'), lock('1.0.1'));
  expect(install(root)).toBe(true);
});

test('what somebody installed by hand is taken as it is', () => {
  mkdirSync(inRoot('node_modules/tool'), { recursive: true });
  mkdirSync(inRoot('node_modules/.bin'));
  writeFileSync(inRoot('node_modules/tool/package.json'), '{}');
  writeFileSync(inRoot('node_modules/.package-lock.json'), lock('1.0.0'));
  expect(install(root)).toBe(false);
});

test('a package that was deleted, or an installation that was cut short, is installed again', () => {
  mkdirSync(inRoot('node_modules'));
  writeFileSync(inRoot('node_modules/.package-lock.json'), lock('1.0.0'));
  expect(install(root)).toBe(true);
});

test('an installation that fails says so, and is tried again the next time', () => {
  writeFileSync(inRoot('broken'), '');
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  expect(() => install(root)).toThrow(/npm ci failed/);
  rmSync(inRoot('broken'));
  expect(install(root)).toBe(true);
});
