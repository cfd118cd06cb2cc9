export { type FsckOptions, type FsckReport, fsck } from './fsck.ts';
export { type GcOptions, type GcReport, type Reachable, gc } from './gc.ts';
export { openStore, type StoreOptions } from './open-store.ts';
export type { ActionKey, ActionResult, Damage, Digest, Lease, ProducedFile, Store, StoredOutput } from './types.ts';
