import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { type Code, checkCode, openCodeCache } from '../../src/plan/code-cache.ts';
import { nextTick } from '../support/clock-tick.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipe-code-'));
  write(
    'stages/mine.ts',
    `import { half } from './helper.ts';
import far from 'far';
// A remark.
export default { run: (x: number) => half(x) + far };
`,
  );
  write('stages/helper.ts', '/** Half of it. */\nexport const half = (x: number) => x / 2;\n');
  write('stages/table.bin', 'bytes of an asset');
  write('node_modules/far/package.json', '{ "name": "far", "version": "1.0.0", "type": "module", "main": "far.js" }');
  write('node_modules/far/far.js', 'export default 7;\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

function edit(file: string, from: string, to: string): void {
  const text = readFileSync(join(folder, file), 'utf8');
  expect(text).toContain(from);
  nextTick(join(folder, file));
  write(file, text.replace(from, to));
}

const describeModule = () => ({ facts: {}, assets: ['table.bin'] });
const load = (root = folder): Promise<Code> =>
  openCodeCache(join(folder, 'code')).load(join(root, 'stages/mine.ts'), describeModule);

describe('the digest of code', () => {
  it.each<readonly [string, () => void]>([
    ['its text', () => edit('stages/mine.ts', 'half(x) + far', 'half(x) - far')],
    ['a helper module', () => edit('stages/helper.ts', 'x / 2', 'x / 3')],
    ['the bytes of an asset', () => edit('stages/table.bin', 'bytes', 'bites')],
    ['the version of a package', () => edit('node_modules/far/package.json', '1.0.0', '1.0.1')],
  ])('depends on %s', async (_, change) => {
    const { digest } = await load();
    change();
    expect((await load()).digest).not.toBe(digest);
  });

  it.each<readonly [string, () => void]>([
    ['a comment', () => edit('stages/mine.ts', '// A remark.', '// Another remark, and a longer one.')],
    ['a comment in a helper', () => edit('stages/helper.ts', 'Half of it.', 'One half.')],
    ['white space', () => edit('stages/helper.ts', 'x / 2', 'x  /  2')],
    ['a time', () => utimesSync(join(folder, 'stages/mine.ts'), 1, 1)],
  ])('does not depend on %s', async (_, change) => {
    const { digest } = await load();
    change();
    expect((await load()).digest).toBe(digest);
  });

  it('has what is behind `Type` by its version, in one file that all stages share', async () => {
    const { bundleModule } = await import('../../src/plan/bundle-module.ts');
    const stage = join(folder, 'stages/typed.ts');
    writeFileSync(stage, "import { Type } from 'pipe/stage';\nexport default Type.Object({});\n");
    const { text, canonical } = await bundleModule(stage);
    const imported = /import\s*\{[^}]*\}\s*from\s*"(file:[^"]+)"/.exec(text)?.[1] ?? expect.fail(text.slice(0, 500));
    expect(imported).toBe(pathToFileURL(join(packageRoot, 'dist/typebox.js')).href);
    expect(Object.keys((await import(imported)) as object)).toContain('Type');
    expect(canonical).toMatch(/"@sinclair\/typebox@\d+\.\d+\.\d+\//);
    expect(canonical).not.toContain(packageRoot);
  });

  it('does not depend on the place', async () => {
    const { digest } = await load();
    for (const part of ['stages', 'node_modules'])
      cpSync(join(folder, part), join(folder, 'other', part), { recursive: true });
    expect((await load(join(folder, 'other'))).digest).toBe(digest);
  });
});

describe('code that is saved while it is bundled', () => {
  it.each<readonly [string, () => void]>([
    ['a helper module', () => edit('stages/helper.ts', 'x / 2', 'x / 3')],
    ['the version of a package', () => edit('node_modules/far/package.json', '1.0.0', '1.0.1')],
  ])('(%s) is bundled again by the next run', async (_, save) => {
    const cache = openCodeCache(join(folder, 'code'));
    const before = await cache.load(join(folder, 'stages/mine.ts'), () => {
      save();
      return describeModule();
    });
    expect((await load()).digest).not.toBe(before.digest);
  });

  it('leaves a run the bytes of an asset that it began with', async () => {
    const { assets } = await load();
    edit('stages/table.bin', 'bytes', 'bites');
    expect(readFileSync(assets['table.bin'] ?? '', 'utf8')).toBe('bytes of an asset');
  });
});

describe('a bundle, asset or memo that is damaged', () => {
  const flip = (path: string) => {
    const { atime, mtime } = statSync(path);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    utimesSync(path, atime, mtime);
  };
  const toFolder = (path: string) => {
    rmSync(path);
    mkdirSync(path);
  };

  it.each([
    ['.mjs', 'a flipped bit', flip],
    ['.json', 'a flipped bit', flip],
    ['.mjs', 'nothing in it', (path: string) => writeFileSync(path, '')],
    ['.json', 'nothing in it', (path: string) => writeFileSync(path, '')],
    ['.mjs', 'a folder in its place', toFolder],
    ['.json', 'a folder in its place', toFolder],
    ['.mjs', 'no file', (path: string) => rmSync(path)],
    ['.asset', 'a flipped bit', flip],
    ['.asset', 'no file', (path: string) => rmSync(path)],
  ])('(%s, %s) is noticed, told and made again', async (extension, _, damage) => {
    const before = await load();
    const name = readdirSync(join(folder, 'code')).find((file) => file.endsWith(extension)) ?? '';
    const bytes = readFileSync(join(folder, 'code', name), 'utf8');
    damage(join(folder, 'code', name));
    if (statSync(join(folder, 'code', name), { throwIfNoEntry: false })) {
      expect(checkCode(join(folder, 'code')).map((found) => found.name)).toEqual([name]);
    }
    const cache = openCodeCache(join(folder, 'code'));
    expect(await cache.load(join(folder, 'stages/mine.ts'), describeModule)).toMatchObject({ digest: before.digest });
    expect(cache.damages).toEqual([expect.objectContaining({ what: 'code', name })]);
    expect(readFileSync(join(folder, 'code', name), 'utf8')).toBe(bytes);
    expect(checkCode(join(folder, 'code'))).toEqual([]);
  });

  it.each(['.asset', '.json'])(
    '(%s) stays until it is replaced, as another run may just have done that',
    async (extension) => {
      await load();
      const path = join(
        folder,
        'code',
        readdirSync(join(folder, 'code')).find((file) => file.endsWith(extension)) ?? '',
      );
      flip(path);
      let wasThere = false;
      await openCodeCache(join(folder, 'code')).load(join(folder, 'stages/mine.ts'), () => {
        wasThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
        return describeModule();
      });
      expect(wasThere).toBe(true);
      expect(checkCode(join(folder, 'code'))).toEqual([]);
    },
  );
});
