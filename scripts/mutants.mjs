// `npm run test:mutants [NAME...]`: shows that each claim about the cache and the guards has a test that turns red without it.
// A mutant is a patch in test/mutants/ that breaks one claim. The lines above its diff say which, and which test files must notice:
//     claim: another seed trains anew
//     tests: test/run/cache.test.ts
//     only: a seed
// `only`, which may be left out, is a part of the names of the tests to run there.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { root, runScript, setUp } from './set-up.mjs';

const folder = path.join(root, 'test', 'mutants');
const notCopied = new Set(['node_modules', 'dist', '.git', 'artifacts', 'experiments', '.pipe']);

/** @type {Map<string, boolean>} */
const green = new Map();

await runScript(async () => {
  await setUp();
  const count = { passed: 0, failed: 0 };
  const copy = mkdtempSync(path.join(tmpdir(), 'pipe-mutant-'));
  try {
    copyTree(copy);
    for (const name of chosen()) {
      const survived = tryMutant(name, copy);
      console.log(survived === undefined ? `ok     ${name}` : `FAILED ${name}: ${survived}`);
      count[survived === undefined ? 'passed' : 'failed'] += 1;
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  console.log(`\n${count.passed} passed, ${count.failed} failed`);
  return count.failed === 0 && count.passed > 0 ? 0 : 1;
});

function chosen() {
  const all = existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith('.patch'))
        .sort()
    : [];
  const wanted = process.argv.slice(2).map((name) => path.basename(name));
  return wanted.length > 0 ? all.filter((file) => wanted.some((name) => file.includes(name))) : all;
}

/**
 * Applies one patch in the copy, runs the tests that it names, and takes it back.
 * @param {string} name
 * @param {string} copy
 * @returns {string | undefined} why the mutant counts as alive
 */
function tryMutant(name, copy) {
  const patch = path.join(folder, name);
  const text = readFileSync(patch, 'utf8');
  const tests = headerOf(text, 'tests')?.split(/[\s,]+/) ?? [];
  if (tests.length === 0) return 'the patch names no tests';
  const only = headerOf(text, 'only');
  const told = `${tests.join(' ')}${only === undefined ? '' : ` (${only})`}`;
  if (!isGreen(copy, tests, only)) return `${told} is red without the mutant, or has no such test`;
  const applied = apply(copy, patch, []);
  if (applied !== undefined) return `the patch does not apply: ${applied}`;
  const noticed = runTests(copy, tests, only) !== 0;
  const takenBack = apply(copy, patch, ['--reverse']);
  if (takenBack !== undefined) throw new Error(`${name} cannot be taken back: ${takenBack}`);
  return noticed ? undefined : `${told} does not notice it`;
}

/**
 * @param {string} text
 * @param {string} field
 */
function headerOf(text, field) {
  const [header = ''] = text.split('\ndiff ');
  return new RegExp(`^${field}: *(.+)$`, 'm').exec(header)?.[1]?.trim();
}

/**
 * @param {string} copy
 * @param {string} patch
 * @param {readonly string[]} options
 * @returns {string | undefined} what went wrong
 */
function apply(copy, patch, options) {
  const { status, stderr } = spawnSync('git', ['apply', '--whitespace=nowarn', ...options, patch], {
    cwd: copy,
    encoding: 'utf8',
  });
  return status === 0 ? undefined : stderr.trim();
}

/**
 * Whether the tests are green without a mutant: asked once for all mutants that name them.
 * @param {string} copy
 * @param {readonly string[]} tests
 * @param {string | undefined} only
 */
function isGreen(copy, tests, only) {
  const name = JSON.stringify([tests, only]);
  const known = green.get(name) ?? runTests(copy, tests, only) === 0;
  green.set(name, known);
  return known;
}

/** @param {string} copy */
function copyTree(copy) {
  const filter = (/** @type {string} */ file) => !notCopied.has(path.relative(root, file));
  cpSync(root, copy, { recursive: true, filter, verbatimSymlinks: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
}

/**
 * @param {string} copy
 * @param {readonly string[]} tests
 * @param {string | undefined} only
 */
function runTests(copy, tests, only) {
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const filter = only === undefined ? [] : ['--testNamePattern', only.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')];
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', '--project', 'unit', '--reporter=dot', '--bail=1', ...filter, ...tests],
    { cwd: copy, stdio: 'ignore' },
  );
  return status ?? 1;
}
