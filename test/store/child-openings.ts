/** Makes stores at given times, as other processes make the same ones; prints what went wrong with them. */
import process from 'node:process';
import { openStore } from '../../src/store/index.ts';

const [folder = '', start = '', count = ''] = process.argv.slice(2);
const wrong: string[] = [];
for (let number = 0; number < Number(count); number += 1) {
  // Awake, so that the processes come at the same moment.
  while (Date.now() < Number(start) + 10 * number);
  try {
    const store = await openStore(`${folder}/${number}`);
    wrong.push(...store.damages.map(({ path, detail }) => `${path} ${detail}`));
    await store.close();
  } catch (error) {
    wrong.push(String(error));
  }
}
process.stdout.write(JSON.stringify(wrong));
