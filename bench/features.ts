// Emo-DB from audio to stored scalograms, from an empty workspace, with 2 workers: at most 6 s for the 339 files of 4 emotions.
import { emodbFolder, noEmodb, runPipe, runTorch } from './support/emodb.ts';
import { rounds } from './support/mode.ts';
import { reportRow } from './support/row.ts';

const what = 'Emo-DB from audio to stored scalograms, 2 workers';
const corpus = emodbFolder();
if (corpus) await measure(corpus);
else reportRow({ what, unit: 's', ours: [], aim: 6, note: noEmodb });

async function measure(folder: string): Promise<void> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  let name = '';
  for (let round = 0; round < rounds(5); round++) {
    ours.push((await runPipe(folder, '--target', 'scalogram', '-j', '2')).seconds);
    const torch = await runTorch(folder, '--folds', '0', '--seeds', '0', '--threads', '2');
    if (!torch) continue;
    theirs.push(torch.wall);
    name = `a script with SciPy, beside ${torch.name}`;
  }
  reportRow({ what, unit: 's', ours, aim: 6 });
  if (theirs.length > 0)
    reportRow({ what: `${what}, beside a script`, unit: 's', ours, theirs: { name, values: theirs } });
}
