export { type FsckOptions, type FsckReport, fsck } from './fsck.ts';
export { type GcOptions, type GcReport, gc } from './gc.ts';
export type { Reachable } from './in-use.ts';
export { openStore, type StoreOptions } from './open-store.ts';
export type { ActionKey, ActionResult, Damage, Digest, Lease, ProducedFile, Store, StoredOutput } from './types.ts';
