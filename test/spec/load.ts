import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Diagnostic } from '../../src/errors.ts';
import { loadPipeline, locate, type LoadOptions, type Pipeline } from '../../src/spec/index.ts';
import { overrideText } from '../../src/spec/source-tree.ts';
import { fakeStageTypes } from './fake-stage-types.ts';

export interface Rig {
  readonly folder: string;
  write(name: string, content: string | Uint8Array): Promise<string>;
  /** Loads `spec.yaml` with this text. */
  load(text: string, options?: Partial<LoadOptions>): ReturnType<typeof loadPipeline>;
  /** Loads what must be right. */
  pipeline(text: string, options?: Partial<LoadOptions>): Promise<Pipeline>;
  /** What is wrong, as `code line:column marked text`. */
  faults(text: string, options?: Partial<LoadOptions>): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** A folder with an empty data folder `corpus`, to load pipelines in. */
export async function createRig(): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'pipe-spec-'));
  await mkdir(join(folder, 'corpus'));
  const write = async (name: string, content: string | Uint8Array) => {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    return file;
  };
  const load = async (text: string, options: Partial<LoadOptions> = {}) => {
    const file = await write('spec.yaml', text);
    return loadPipeline(
      file,
      { overrides: [], data: {}, environment: {}, workingFolder: folder, ...options },
      fakeStageTypes,
    );
  };
  return {
    folder,
    write,
    load,
    async pipeline(text, options) {
      const loaded = await load(text, options);
      if ('pipeline' in loaded) return loaded.pipeline;
      throw new Error(loaded.diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n'));
    },
    async faults(text, options) {
      const loaded = await load(text, options);
      return 'diagnostics' in loaded ? loaded.diagnostics.map((diagnostic) => summary(diagnostic, text)) : [];
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

/** `code line:column marked text`; places in an override begin with `--set`. */
export function summary({ code, place }: Diagnostic, text: string): string {
  if (!place) return code;
  const override = overrideText(place.file);
  const source = override ?? text;
  const { line, column } = locate(place, () => source);
  const marked = source.slice(place.start, place.end);
  return `${code} ${override === undefined ? '' : '--set '}${line}:${column}${marked === '' ? '' : ` ${marked}`}`;
}
