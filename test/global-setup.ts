import { buildPrograms } from '../scripts/set-up.mjs';

/** Tests start the bundled programs and read the compiled kernels. */
export default async function setup(): Promise<void> {
  await buildPrograms();
}
