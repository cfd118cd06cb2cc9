import { hash } from 'node:crypto';
import type { ActionKey, Digest } from '../../src/store/index.ts';

export const sha256 = (content: string | Uint8Array): Digest => hash('sha256', content) as Digest;

export const keyOf = (name: string): ActionKey => hash('sha256', `key of ${name}`) as ActionKey;
