import { resolve } from 'node:path';
import type { ActionKey, Digest } from './types.ts';

/** Where everything lies in a store's folder. The meaning of each is in docs/store.md. */
export interface Layout {
  readonly root: string;
  readonly format: string;
  readonly objects: string;
  readonly actions: string;
  readonly leases: string;
  readonly runs: string;
  readonly scratch: string;
  readonly checkpoints: string;
  readonly index: string;
  readonly damaged: string;
}

export function layoutOf(folder: string): Layout {
  const root = resolve(folder);
  return {
    root,
    format: `${root}/format`,
    objects: `${root}/objects`,
    actions: `${root}/actions`,
    leases: `${root}/leases`,
    runs: `${root}/runs`,
    scratch: `${root}/scratch`,
    checkpoints: `${root}/checkpoints`,
    index: `${root}/index`,
    damaged: `${root}/damaged`,
  };
}

// Plain concatenation: these are called 100,000 times where nothing is to do, and `join` costs as much as a look-up.
export function objectFile(layout: Layout, digest: Digest): string {
  return `${layout.objects}/${digest.slice(0, 2)}/${digest}`;
}

export function actionFile(layout: Layout, key: ActionKey): string {
  return `${layout.actions}/${key.slice(0, 2)}/${key}`;
}

/** Whether a name is that of an object or action: 64 hex digits. */
export function isHash(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}
