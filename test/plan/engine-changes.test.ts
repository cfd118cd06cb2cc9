import { expect, test } from 'vitest';
import { cpuKind } from '../../src/plan/cpu-kind.ts';
import { engineChanges } from '../../src/plan/engine-changes.ts';
import type { EngineIdentity } from '../../src/plan/key.ts';

const engine = { name: 'tensorflow', code: 'c1', library: 'libtensorflow 2.21.0 on A', threads: 1 };

test.each<[string, EngineIdentity | undefined, EngineIdentity | undefined, [string, string][]]>([
  ['nothing', engine, { ...engine }, []],
  ['another engine', engine, { name: 'wasm', code: 'c', threads: 1 }, [['engine', 'engine: tensorflow -> wasm']]],
  ['none before', undefined, engine, [['engine', 'engine: none -> tensorflow']]],
  ['more threads', engine, { ...engine, threads: 2 }, [['threads', 'threads: 1 -> 2']]],
  ['other code', engine, { ...engine, code: 'c2' }, [['engine', 'the code of the engine tensorflow changed']]],
  [
    'another library or device',
    engine,
    { ...engine, library: 'libtensorflow 2.21.0 on B' },
    [['engine', 'engine tensorflow: libtensorflow 2.21.0 on A -> libtensorflow 2.21.0 on B']],
  ],
])('names what changed in an engine: %s', (_, before, now, changes) => {
  expect(engineChanges(before, now)).toEqual(changes);
});

test('reads the engine of an older record, which is one text', () => {
  expect(engineChanges('wasm abc 1', engine)).toEqual([['engine', 'engine: wasm abc 1 -> tensorflow']]);
});

test('names the kind of CPU the same way each time', () => {
  expect(cpuKind()).toMatch(/\S/);
  expect(cpuKind()).toBe(cpuKind());
});
