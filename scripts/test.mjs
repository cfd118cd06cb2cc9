// `npm test`: sets up what is missing, then types, lint, format, borders and tests. Every part runs, whatever the others say.
import process from 'node:process';
import { buildPrograms, installPackages, root, runScript } from './set-up.mjs';

const system = process.argv.includes('--system');
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
// The crash test kills at every place, not at every tenth.
if (process.argv.includes('--every-place')) process.env.PIPE_CRASH_STEP = '1';

await runScript(async () => {
  process.chdir(root);
  if (!(await succeeds('installation', installPackages))) {
    console.log('\n0 passed, 1 failed');
    return 1;
  }
  // A build that fails does not stop types and lint, which say more about it.
  const built = await succeeds('build', buildPrograms);
  const { report, runStaticChecks, runTests } = await import('./check.mjs');
  const counts = [{ passed: built ? 1 : 0, failed: built ? 0 : 1 }];
  if (!system) counts.push(await runStaticChecks());
  counts.push(await runTests(system ? 'system' : 'unit', filters));
  return report(counts);
});

/**
 * @param {string} name
 * @param {() => void | Promise<void>} part
 */
async function succeeds(name, part) {
  try {
    await part();
    console.log(`ok     ${name}`);
    return true;
  } catch (error) {
    console.error(`FAILED ${name}\n${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}
