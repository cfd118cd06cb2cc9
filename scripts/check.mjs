import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { root } from './set-up.mjs';

/** @typedef {{ passed: number, failed: number }} Count */

const cache = path.join(root, 'node_modules', '.cache', 'pipe');

/** Static checks, each one check in the count. */
export const staticChecks = {
  types: [bin('typescript', 'tsc'), '--incremental', '--tsBuildInfoFile', path.join(cache, 'tsbuildinfo')],
  lint: [
    bin('eslint', 'eslint'),
    '--cache',
    '--cache-location',
    path.join(cache, 'eslint'),
    '--max-warnings',
    '0',
    '.',
  ],
  format: [
    bin('prettier', 'prettier'),
    '--check',
    '--cache',
    '--cache-location',
    path.join(cache, 'prettier'),
    '--log-level',
    'warn',
    '.',
  ],
  borders: [bin('dependency-cruiser', 'depcruise'), '--config', '.dependency-cruiser.mjs', 'src', 'stages'],
};

/**
 * Runs all static checks side by side, their output printed one after another.
 * @param {Record<string, string[]>} checks
 * @returns {Promise<Count>}
 */
export async function runStaticChecks(checks = staticChecks) {
  mkdirSync(cache, { recursive: true });
  const running = Object.entries(checks).map(([name, command]) => ({ name, outcome: runNode(command) }));
  const count = { passed: 0, failed: 0 };
  for (const { name, outcome } of running) {
    const { code, output } = await outcome;
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}`);
    if (code !== 0) console.log(output.trimEnd());
    count[code === 0 ? 'passed' : 'failed'] += 1;
  }
  return count;
}

/**
 * Runs one project of vitest.config.ts and counts its tests.
 * @param {'unit' | 'system'} project
 * @param {readonly string[]} filters
 * @returns {Promise<Count>}
 */
export async function runTests(project, filters = []) {
  const report = path.join(cache, `vitest-${project}-${process.pid}.json`);
  const command = [
    bin('vitest', 'vitest'),
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const { code } = await runNode([...command, ...filters], { stdio: 'inherit' });
  const { failures, ...count } = readReport(report);
  rmSync(report, { force: true });
  for (const failure of failures) console.log(`FAILED ${failure}`);
  // Something went wrong outside a test, such as an error that nobody caught.
  if (code === 0 || count.failed > 0) return count;
  console.log(`FAILED outside of the tests (exit code ${code})`);
  return { ...count, failed: 1 };
}

/**
 * @param {string} report
 * @returns {Count & { failures: string[] }} with a line for each failure: where it is and how its message begins
 */
function readReport(report) {
  try {
    const { numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const failures = [];
    // A test that was left out must not pass for one that was done.
    for (const { name, assertionResults } of testResults)
      for (const { status, fullName } of assertionResults)
        if (status !== 'passed' && status !== 'failed')
          console.log(`LEFT OUT ${path.relative(root, name)} > ${fullName}`);
    for (const { name, status, message, assertionResults } of testResults) {
      const file = path.relative(root, name);
      const failed = assertionResults.filter((/** @type {{ status: string }} */ test) => test.status === 'failed');
      for (const test of failed) failures.push(`${file} > ${test.fullName}: ${firstLine(test.failureMessages[0])}`);
      if (status === 'failed' && failed.length === 0) failures.push(`${file}: ${firstLine(message)}`);
    }
    return { passed: numPassedTests, failed: failures.length, failures };
  } catch (cause) {
    return { passed: 0, failed: 1, failures: [`the tests left no report: ${String(cause)}`] };
  }
}

/** @param {string | undefined} text */
const firstLine = (text = '') => text.trim().split('\n', 1)[0];

/**
 * Prints the line that every test script ends with.
 * @param {readonly Count[]} counts
 * @returns {number} the exit code
 */
export function report(counts) {
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

/**
 * @param {string[]} command a script and its arguments
 * @param {{ stdio?: 'inherit' | 'pipe' }} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
function runNode(command, { stdio = 'pipe' } = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', stdio, stdio] });
    let output = '';
    child.stdout?.on('data', (/** @type {Buffer} */ data) => (output += data.toString()));
    child.stderr?.on('data', (/** @type {Buffer} */ data) => (output += data.toString()));
    child.on('error', (error) => resolve({ code: 1, output: `${output}${error.message}` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * The script behind a package's command. Called by its path: npm's links are shell scripts on Windows.
 * @param {string} packageName
 * @param {string} command
 */
function bin(packageName, command) {
  const folder = path.join(root, 'node_modules', packageName);
  try {
    const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    return path.join(folder, typeof bin === 'string' ? bin : bin[command]);
  } catch {
    return path.join(folder, 'missing');
  }
}
