import { buildPrograms } from '../scripts/set-up.mjs';

/** Tests start the bundled programs and read the compiled kernels. Tests of other things run though the build fails. */
export default async function setup(): Promise<void> {
  try {
    await buildPrograms();
  } catch (error) {
    console.error(`The build failed; tests that need it will fail too.\n${String(error)}`);
  }
}
