import { pathToFileURL } from 'node:url';
import type { CreateEngine, Engine, StageContext } from '../../stage/index.ts';
import { randomStream } from '../../stage/random.ts';
import type { Job, JobNote } from '../job.ts';
import { attempt } from './attempt.ts';
import { checkpointOf } from './checkpoint.ts';
import { readWhole } from './whole-file.ts';

export interface ContextHooks {
  readonly onNote: (note: JobNote) => void;
  readonly signal: () => AbortSignal;
}

/** What the job's stage may use. The engine is there before the stage runs. */
export function stageContext(job: Job, engine: Engine | undefined, { onNote, signal }: ContextHooks): StageContext {
  const { stageType, params, assets } = job;
  const seed = params.seed ?? 0;
  return {
    random: (name) => randomStream(`${stageType}/${JSON.stringify(seed)}/${name}`),
    log: (message) => onNote({ type: 'log', message }),
    progress: (figures) => onNote({ type: 'progress', figures: { ...figures } }),
    get engine() {
      if (engine === undefined) throw new Error(`The stage type ${stageType} does not declare \`engine: true\`.`);
      return engine;
    },
    get signal() {
      return signal();
    },
    asset: assetReader(assets),
    checkpoint: checkpointOf({ checkpoint: job.checkpoint, key: job.checkpointKey ?? job.key }),
  };
}

/** Creates the job's engine, if it has one. Close it in the end. */
export async function createJobEngine({ engine }: Job): Promise<Engine | undefined> {
  if (engine === undefined) return undefined;
  const { name, bundle, assets, threads, library, device } = engine;
  const module: unknown = await import(pathToFileURL(bundle).href);
  const create = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
  if (typeof create !== 'function') {
    throw new Error(`The engine ${name} has no default export that creates it (${bundle}).`);
  }
  return (create as CreateEngine)({
    threads,
    asset: assetReader(assets),
    ...(library !== undefined && { library }),
    ...(device !== undefined && { device }),
  });
}

function assetReader(assets: Readonly<Record<string, string>>): (path: string) => Promise<Uint8Array> {
  return (path) =>
    attempt(() => {
      const file = Object.hasOwn(assets, path) ? assets[path] : undefined;
      if (file !== undefined) return readWhole(file);
      const known = Object.keys(assets);
      throw new Error(
        `'${path}' is not among the declared assets (${known.length === 0 ? 'none' : known.join(', ')}).`,
      );
    });
}
