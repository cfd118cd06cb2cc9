import * as crypto from 'node:crypto';
import type { Columns, Json, MatrixPoint } from '../stage/index.ts';
import type { ActionKey, Digest } from '../store/types.ts';
import { canonicalJson } from '../canonical-json.ts';

/** Part of every key: a change of what a key means makes every key another. */
const keyFormat = 'pipe action key 1';

/** What of an engine decides the bits that it computes. */
export interface EngineIdentity {
  readonly name: string;
  /** Digest of its code. */
  readonly code: string;
  /** The library behind it, with its version and the kind of device; none for an engine that is all code. */
  readonly library?: string;
  readonly threads: number;
}

/** What all tasks of a stage at one matrix point share. */
export interface KeyStage {
  readonly type: string;
  readonly kind: 'map' | 'reduce';
  /** Digest of the code that runs. */
  readonly code: string;
  readonly params: Readonly<Record<string, Json>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly engine?: EngineIdentity;
}

/** Digests of one input's artifacts: one, or one for each output in its shape, in the shape's order. */
export type InputDigests = readonly Digest[];

export interface KeyRow {
  /** Values of the declared columns, in the order of their declaration. */
  readonly columns: Columns;
  readonly part: string | undefined;
  readonly rows: readonly number[] | undefined;
  readonly digests: InputDigests;
}

/** An input as its task's key sees it. No item id, stage name, path or time is in it. */
export type KeyInput =
  | { readonly kind: 'one'; readonly digests: InputDigests }
  | { readonly kind: 'items'; readonly rows: readonly KeyRow[] }
  | {
      readonly kind: 'each';
      readonly entries: readonly { readonly point: MatrixPoint; readonly digests: InputDigests }[];
    };

/** SHA-256 of a text, in hex. */
export const sha256: (content: string | Uint8Array) => string =
  typeof crypto.hash === 'function'
    ? (content) => crypto.hash('sha256', content)
    : (content) => crypto.createHash('sha256').update(content).digest('hex');

/** The part of the key that tasks of a stage share at one matrix point; computed once for all its items. */
export function stageDigest(stage: KeyStage): string {
  return sha256(canonicalJson({ format: keyFormat, ...stage }));
}

/**
 * The action key of a task: its stage's digest, and for each input the digests of its artifacts.
 * Rows come sorted by item id by the caller; the declared `columns` of a map stage's item are `columns`.
 */
export function actionKey(
  stage: string,
  inputs: readonly (readonly [name: string, input: KeyInput])[],
  columns: Columns | undefined,
): ActionKey {
  let text = stage;
  for (const [name, input] of inputs) text += `\n${name} ${inputText(input)}`;
  if (columns !== undefined) text += `\n${canonicalJson(columns)}`;
  return sha256(text) as ActionKey;
}

/** An input as text; equal texts are equal inputs. */
export function inputText(input: KeyInput): string {
  switch (input.kind) {
    case 'one':
      return input.digests.join(' ');
    case 'items':
      return `items ${input.rows.map((row) => canonicalJson([row.part, row.rows, row.columns, row.digests])).join('\n')}`;
    case 'each':
      return `each ${input.entries.map((entry) => canonicalJson([entry.point, entry.digests])).join('\n')}`;
  }
}
