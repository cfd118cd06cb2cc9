import fc from '../support/fast-check.ts';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/canonical-json.ts';
import { type KeyInput, type KeyRow, type KeyStage, actionKey, stageDigest } from '../../src/plan/key.ts';
import type { Digest } from '../../src/store/types.ts';

const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((text) => text as Digest);
const column = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
const row = fc.record({
  columns: fc.dictionary(fc.string(), column, { maxKeys: 3 }),
  part: fc.option(fc.constantFrom('train', 'development'), { nil: undefined }),
  rows: fc.option(fc.array(fc.nat(9), { maxLength: 3 }), { nil: undefined }),
  digests: fc.array(digest, { minLength: 1, maxLength: 2 }),
});
const input: fc.Arbitrary<KeyInput> = fc.oneof(
  fc.record({ kind: fc.constant('one' as const), digests: fc.array(digest, { minLength: 1, maxLength: 2 }) }),
  fc.record({ kind: fc.constant('items' as const), rows: fc.array(row, { maxLength: 4 }) }),
);
const inputs = fc.array(fc.tuple(fc.stringMatching(/^[a-z]+$/), input), { maxLength: 3 });
const stage: KeyStage = {
  type: 'vad',
  kind: 'map',
  code: 'c',
  params: { margin: 6, pad: { start: 1 } },
  outputs: { audio: 'waveform' },
};

describe('the digest of a stage', () => {
  it('does not depend on the order in which parameters are written', () => {
    expect(stageDigest({ ...stage, params: { pad: { start: 1 }, margin: 6 } })).toBe(stageDigest(stage));
  });

  it.each<readonly [string, Partial<KeyStage>]>([
    ['type', { type: 'segment' }],
    ['kind', { kind: 'reduce' }],
    ['code', { code: 'd' }],
    ['parameter', { params: { margin: 7, pad: { start: 1 } } }],
    ['nested parameter', { params: { margin: 6, pad: { start: 2 } } }],
    ['number written as text', { params: { margin: '6', pad: { start: 1 } } }],
    ['output', { outputs: { audio: 'array' } }],
    ['engine', { engine: { name: 'wasm', code: 'e', threads: 1 } }],
  ])('depends on its %s', (_, change) => {
    expect(stageDigest({ ...stage, ...change })).not.toBe(stageDigest(stage));
  });
});

describe('an action key', () => {
  it('is the same for the same inputs and, as far as chance goes, for no others', () => {
    fc.assert(
      fc.property(inputs, inputs, (a, b) => {
        const same = canonicalJson(a) === canonicalJson(b);
        expect(actionKey('stage', a, undefined) === actionKey('stage', b, undefined)).toBe(same);
      }),
    );
  });

  it('changes with the bytes of any input', () => {
    const keyOf = (bytes: string, point: string) => {
      const digests = [bytes as Digest];
      return [
        actionKey('stage', [['audio', { kind: 'one', digests }]], undefined),
        actionKey('stage', [['answers', { kind: 'each', entries: [{ point: { fold: point }, digests }] }]], undefined),
      ];
    };
    expect(new Set([...keyOf('a', '03'), ...keyOf('b', '03')]).size).toBe(4);
    expect(keyOf('a', '03')[1]).not.toBe(keyOf('a', '08')[1]);
  });

  it('changes with a moved row, part, column or member row', () => {
    const member: KeyRow = { columns: { label: 'anger' }, part: 'train', rows: undefined, digests: ['a' as Digest] };
    const other: KeyRow = { ...member, digests: ['b' as Digest] };
    const keyOf = (rows: readonly KeyRow[]) => actionKey('stage', [['features', { kind: 'items', rows }]], undefined);
    const keys = [
      keyOf([member, other]),
      keyOf([other, member]),
      keyOf([{ ...member, part: 'development' }, other]),
      keyOf([{ ...member, columns: { label: 'sadness' } }, other]),
      keyOf([{ ...member, rows: [0] }, other]),
      keyOf([member]),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('of a map stage depends on the columns that it declares', () => {
    const one: KeyInput = { kind: 'one', digests: ['a' as Digest] };
    const keys = [undefined, { label: 'anger' }, { label: 'sadness' }].map((columns) =>
      actionKey('s', [['audio', one]], columns),
    );
    expect(new Set(keys).size).toBe(3);
  });
});
