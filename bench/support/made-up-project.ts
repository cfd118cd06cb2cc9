import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const source = `import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Type, defineSource } from 'pipe/stage';
export default defineSource({
  name: 'files', description: 'Every file of a folder', kind: 'source',
  params: Type.Object({ root: Type.String() }), outputs: { bytes: 'file' },
  roles: { unit: 'id', cluster: 'id', label: 'id' },
  list: ({ root }) => Promise.resolve(readdirSync(root).map((id) => ({ columns: { id }, files: { bytes: join(root, id) } }))),
});
`;

const copy = `import { Type, defineStage } from 'pipe/stage';
export default defineStage({
  name: 'copy', description: 'The same bytes, with the number of the step in front', kind: 'map',
  params: Type.Object({ step: Type.Integer() }), inputs: { bytes: 'file' }, outputs: { bytes: 'file' },
  run({ bytes }, { step }) {
    const copied = new Uint8Array(bytes.length);
    copied.set(bytes);
    copied[0] = step;
    return { bytes: copied };
  },
});
`;

/** A project with `items` files of `bytes` bytes, and `steps` map stages one after another. */
export function createMadeUpProject(
  items: number,
  bytes: number,
  steps = 5,
): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-bench-'));
  for (const name of ['stages', 'items', 'artifacts', 'experiments']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'stages/files.ts'), source);
  writeFileSync(join(folder, 'stages/copy.ts'), copy);
  for (let item = 0; item < items; item++) {
    const content = new Uint8Array(bytes);
    new DataView(content.buffer).setUint32(4, item);
    writeFileSync(join(folder, 'items', `${String(item).padStart(6, '0')}.bin`), content);
  }
  const stages = Array.from({ length: steps }, (_, step) => {
    const needs = step === 0 ? 'source' : `step${step}`;
    return `  step${step + 1}: { uses: copy, needs: ${needs}, with: { step: ${step + 1} } }`;
  });
  writeFileSync(
    join(folder, 'pipeline.yaml'),
    `pipeline: bench\ndata: { items: items }\nstageFolders: [stages]\nstages:\n` +
      `  source: { uses: files, with: { root: "\${data.items}" } }\n${stages.join('\n')}\n`,
  );
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
