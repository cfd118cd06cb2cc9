// `npm run lint`: everything of `npm test` that runs no code.
import { runScript, setUp } from './set-up.mjs';

await runScript(async () => {
  await setUp();
  const { report, runStaticChecks } = await import('./check.mjs');
  return report([await runStaticChecks()]);
});
