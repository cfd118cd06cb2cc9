/** SHA-256, in hex, of an artifact's bytes. */
export type Digest = string & { readonly brand: 'digest' };
/** SHA-256, in hex, of everything that decides a task's output. */
export type ActionKey = string & { readonly brand: 'action-key' };

export interface StoredOutput {
  readonly digest: Digest;
  readonly size: number;
}

/** What a task made: its outputs by name, and small facts worth keeping beside them. */
export interface ActionResult {
  readonly outputs: Readonly<Record<string, StoredOutput>>;
  /** Wall time of the task that made it. */
  readonly seconds: number;
}

/** A file that a task left in its scratch folder, to become an artifact. */
export interface ProducedFile extends StoredOutput {
  readonly path: string;
}

/** Something in the store that is not what it was recorded to be. Reported, then made again. */
export interface Damage {
  readonly what: 'object' | 'action' | 'checkpoint' | 'index' | 'format' | 'code';
  /** The digest or key; for an index the file or record. */
  readonly name: string;
  readonly path: string;
  readonly detail: string;
}

/** A right to compute one key, held by one run at a time. */
export interface Lease {
  readonly key: ActionKey;
}

export interface Store {
  /** The store's folder, absolute. */
  readonly root: string;
  /** This run's name in the store. */
  readonly run: string;
  /** True when nothing can be written: look-ups and reads work, and the rest throws a PipeError. */
  readonly readOnly: boolean;
  /** Now, in milliseconds, by the clock that the store's files have their times from; by our own where nothing can be written. */
  now(): number;

  /**
   * The recorded result of an action whose outputs are all there, else undefined. A file's (size, mtime, ctime,
   * inode) stand for its bytes when they are what they were; otherwise the bytes are hashed again here.
   * Synchronous, because a run with nothing to do asks for 100,000 of them.
   */
  lookup(key: ActionKey): ActionResult | undefined;

  /**
   * Takes the lease of a key, or undefined when a living run holds it. A dead run's lease is taken over. Look the key up again
   * once it is taken: another run may have committed it in between.
   */
  tryLease(key: ActionKey): Lease | undefined;
  /** Gives the lease up without a result; what the task left in its scratch folder goes. */
  release(lease: Lease): void;
  /** The living run that holds the lease of a key. */
  leaseHolder(key: ActionKey): string | undefined;

  /** Moves the produced files in under their digests, writes the action's file, and releases the lease. */
  commit(lease: Lease, outputs: Readonly<Record<string, ProducedFile>>, seconds: number): ActionResult;

  /** Where an artifact's bytes lie. Whoever reads them must hash them. */
  objectPath(digest: Digest): string;
  /** Sets a damaged object aside, so that whatever made it runs again. */
  discard(digest: Digest, detail: string): void;
  /** Reads an artifact and checks its bytes; undefined when it is missing or damaged (then it is discarded). */
  read(digest: Digest): Uint8Array | undefined;

  /** The digest of a file outside the store, remembered by (size, mtime, ctime, inode). */
  fileDigest(path: string): StoredOutput;
  /** A small value that can be made again, remembered in the index, such as the digest of a bundle. */
  remember(name: string, value: string): void;
  recall(name: string): string | undefined;

  /**
   * An empty folder for one task of this run; what lies there never counts until it is committed. With `reusable` it may be one
   * that was emptied by the commit of an earlier task, which saves making and removing it: for tasks in this process that write
   * nothing but their outputs, so that nothing of an earlier one lies or is still written there.
   */
  scratch(key: ActionKey, options?: { readonly reusable?: boolean }): string;
  /** Where a long task keeps its state between runs; removed when its action is committed. */
  checkpointPath(key: ActionKey): string;

  /** Damage found so far, in the order it was found. */
  readonly damages: readonly Damage[];
  /** Makes everything durable, gives up leases and this run's scratch folder. */
  close(): Promise<void>;
}
