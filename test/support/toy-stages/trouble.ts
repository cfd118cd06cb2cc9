import { setTimeout as sleep } from 'node:timers/promises';
import { Type, defineStage } from 'pipe/stage';

/** Gets into the trouble that a text names, and else copies it. */
export default defineStage({
  name: 'trouble',
  description: 'Fails in every way there is',
  kind: 'map',
  params: Type.Object({}),
  inputs: { text: 'file' },
  outputs: { copy: 'file' },
  async run({ text }) {
    const word = new TextDecoder().decode(text).trim();
    if (word === 'throw') throw new Error('thrown on purpose');
    if (word === 'exit') process.exit(1);
    if (word === 'kill') process.kill(process.pid, 'SIGKILL');
    if (word === 'hang') for (;;);
    if (word === 'sleep') await sleep(600_000);
    if (word === 'memory') exhaust();
    return { copy: text };
  },
});

/** In large steps, since a collector that finds less and less to free takes its time. */
function exhaust(): never {
  const held: number[][] = [];
  for (;;) held.push(new Array<number>(2e7).fill(0.5));
}
