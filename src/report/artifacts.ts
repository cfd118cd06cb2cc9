import { existsSync } from 'node:fs';
import { PipeError } from '../errors.ts';
import { type ArtifactType, type ArtifactValue, decodeArtifact } from '../stage/index.ts';
import { openStore } from '../store/index.ts';
import type { Digest } from '../store/types.ts';

/** The artifacts of a workspace, as far as they are still there. */
export interface Artifacts {
  /** Undefined when it is gone, damaged, or not of the type. */
  read<T extends ArtifactType>(digest: string, type: T): ArtifactValue<T> | undefined;
  close(): Promise<void>;
}

/** Without a store every artifact is gone: a record can be shown without it. */
export async function openArtifacts(folder: string): Promise<Artifacts> {
  const store = existsSync(folder) ? await openStore(folder, { readOnly: true }) : undefined;
  return {
    read(digest, type) {
      const bytes = readOrNothing(() => store?.read(digest as Digest));
      return bytes === undefined ? undefined : readOrNothing(() => decodeArtifact(type, bytes));
    },
    close: async () => store?.close(),
  };
}

/** A damaged artifact leaves its part of the report out. */
function readOrNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof PipeError || (error instanceof Error && error.name === 'ArtifactError')) return undefined;
    throw error;
  }
}
