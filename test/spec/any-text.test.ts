import fc from '../support/fast-check.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderDiagnostic } from '../../src/spec/index.ts';
import { overrideText } from '../../src/spec/source-tree.ts';
import { createRig, type Rig } from './load.ts';

fc.configureGlobal({ seed: 7 });

let rig: Rig;
beforeAll(async () => (rig = await createRig()));
afterAll(() => rig.remove());

const demo = `pipeline: demo
data: { emodb: corpus }
params: { scales: 32, seeds: [1, 2], network: { depth: "\${params.scales}" } }
stages:
  corpus: { uses: corpus/emodb, with: { root: "\${data.emodb}" } }
  audio: { uses: decode, needs: corpus, timeout: 2.5, isolate: process }
  segments: { uses: segment, needs: audio }
  scalogram: &s { uses: scalogram, needs: { segments: segments }, with: { scales: "\${params.scales}" } }
  other: *s
  split: { uses: split, needs: corpus }
  pitch:
    uses: command
    needs: audio
    matrix: same-as model
    with:
      command: [run, "\${inputs.a}", "\${matrix.seed}", "\${outputs.b}"]
      inputs: { a: waveform }
      outputs: { b: json }
  model:
    uses: train
    needs: { features: scalogram, folds: split }
    matrix: { fold: "\${split.folds}", seed: "\${params.seeds}" }
    with: { seed: "\${matrix.seed}", network: { filters: [1] } }
`;

const pieces = [
  '\t',
  '\n',
  ' ',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '"',
  '*s',
  '&s ',
  '${',
  '}',
  '~',
  '03',
  '1e999',
  'same-as model',
  '${params.scales}',
  '__proto__: 1',
  'constructor',
  '<<: *s',
  '!x ',
  '# ',
  '---\n',
  '| \n',
  '\u0000',
  '\u2028',
  '😀',
];
const edit = fc.record({
  at: fc.nat(demo.length),
  removed: fc.oneof(fc.constant(0), fc.nat(12), fc.nat(200)),
  inserted: fc.oneof(
    fc.constantFrom(...pieces),
    fc.nat(demo.length).map((from) => demo.slice(from, from + 20)),
  ),
});

function edited(
  edits: readonly { readonly at: number; readonly removed: number; readonly inserted: string }[],
): string {
  return edits.reduce(
    (text, { at, removed, inserted }) => text.slice(0, at) + inserted + text.slice(at + removed),
    demo,
  );
}

test('whatever a file holds, it is a pipeline or has faults with places in it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      fc.option(fc.constantFrom('params.scales=x', 'stages.model.with.x.y=[1', 'a')),
      async (edits, override) => {
        const text = edited(edits);
        const loaded = await rig.load(text, { overrides: override === null ? [] : [override] });
        if ('pipeline' in loaded) {
          for (const { params } of loaded.pipeline.stages) params({ fold: '03', seed: 1 });
          return;
        }
        expect(loaded.diagnostics).not.toEqual([]);
        for (const diagnostic of loaded.diagnostics) {
          const { place } = diagnostic;
          const source = place && (overrideText(place.file) ?? text);
          if (place && source !== undefined) {
            expect(place.start).toBeGreaterThanOrEqual(0);
            expect(place.end).toBeGreaterThanOrEqual(place.start);
            expect(place.end).toBeLessThanOrEqual(source.length + 1);
          }
          expect(renderDiagnostic(diagnostic, { textOf: (file) => overrideText(file) ?? text })).toContain(
            diagnostic.code,
          );
        }
      },
    ),
    { numRuns: 100 },
  );
});
