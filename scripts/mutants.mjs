// `npm run test:mutants [NAME...]`: shows that each claim about the cache and the guards has a test that turns red without it.
// A mutant is a patch in test/mutants/ that breaks one claim. The lines above its diff say which, and which test files must notice:
//     claim: a changed helper runs the stages that import it again
//     tests: test/plan/code-digest.test.ts
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { root, runScript, setUp } from './set-up.mjs';

const folder = path.join(root, 'test', 'mutants');
const notCopied = new Set(['node_modules', 'dist', '.git', 'artifacts', 'experiments', '.pipe']);

await runScript(async () => {
  await setUp();
  const count = { passed: 0, failed: 0 };
  for (const name of chosen()) {
    const survived = tryMutant(name);
    console.log(survived === undefined ? `ok     ${name}` : `FAILED ${name}: ${survived}`);
    count[survived === undefined ? 'passed' : 'failed'] += 1;
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
 * Applies one patch in a copy and runs the tests that it names.
 * @param {string} name
 * @returns {string | undefined} why the mutant counts as alive
 */
function tryMutant(name) {
  const patch = path.join(folder, name);
  const tests =
    /^tests: *(.+)$/m
      .exec(readFileSync(patch, 'utf8'))?.[1]
      ?.trim()
      .split(/[\s,]+/) ?? [];
  if (tests.length === 0) return 'the patch names no tests';
  const copy = mkdtempSync(path.join(tmpdir(), 'pipe-mutant-'));
  try {
    copyTree(copy);
    const before = runTests(copy, tests);
    if (before !== 0) return `${tests.join(' ')} is red without the mutant`;
    const applied = spawnSync('git', ['apply', '--whitespace=nowarn', patch], { cwd: copy, encoding: 'utf8' });
    if (applied.status !== 0) return `the patch does not apply: ${applied.stderr.trim()}`;
    return runTests(copy, tests) === 0 ? `${tests.join(' ')} does not notice it` : undefined;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
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
 */
function runTests(copy, tests) {
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--reporter=dot', ...tests], {
    cwd: copy,
    stdio: 'ignore',
  });
  return status ?? 1;
}
