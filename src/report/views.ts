import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Prediction } from '../experiment/index.ts';
import { packageRoot } from '../package-root.ts';
import { openCodeCache } from '../plan/code-cache.ts';
import type { Facts, StageFact } from '../plan/facts.ts';
import { agrees } from '../plan/matrix.ts';
import { isStageName } from '../plan/stage-types.ts';
import { titleOf } from '../plan/task-title.ts';
import type { ArtifactType, ArtifactValue, MatrixPoint, StageView, ViewPart } from '../stage/index.ts';
import type { Artifacts } from './artifacts.ts';

/** What the stages of a run show of its units. */
export interface Views {
  /** In the order of the stages. What cannot be shown is left out, and said in `faults`. */
  of(prediction: Prediction, replicate: MatrixPoint): readonly ViewPart[];
  readonly faults: ReadonlySet<string>;
}

interface Loaded {
  readonly stage: StageFact;
  readonly view: StageView;
}

/** Loads the views of a run's stage types: files `TYPE.view.ts` beside theirs. */
export async function loadViews(
  facts: Facts,
  artifacts: Artifacts,
  { codeFolder, stageFolders }: { readonly codeFolder: string; readonly stageFolders: readonly string[] },
): Promise<Views> {
  const faults = new Set<string>();
  const loaded: Loaded[] = [];
  const cache = openCodeCache(codeFolder);
  for (const stage of facts.stages.values()) {
    const file = viewFile(stage.uses, stageFolders);
    if (file === undefined) continue;
    try {
      const { bundle } = await cache.load(file, () => ({ facts: null, assets: [] }));
      loaded.push({ stage, view: checkView(file, await import(bundle)) });
    } catch (error) {
      faults.add(`the view of \`${stage.uses}\` cannot be used: ${messageOf(error)}`);
    }
  }
  return {
    of: (prediction, replicate) =>
      loaded.flatMap((one) => partsOf(one, prediction, replicate, facts, artifacts, faults)),
    faults,
  };
}

/** The folders of a recorded pipeline's own stage types; none where its YAML cannot be read any more. */
export function stageFoldersOf(text: string, spec: string): readonly string[] {
  try {
    const { stageFolders } = (parse(text) ?? {}) as { readonly stageFolders?: unknown };
    if (!Array.isArray(stageFolders)) return [];
    return stageFolders.flatMap((folder) => (typeof folder === 'string' ? [resolve(dirname(spec), folder)] : []));
  } catch {
    return [];
  }
}

/** A record may come from others, and what is found here is run: a name leads to stage types alone. */
function viewFile(uses: string, stageFolders: readonly string[]): string | undefined {
  if (!isStageName(uses)) return undefined;
  const folders = [...stageFolders, join(packageRoot, 'stages')];
  const files = folders.flatMap((folder) =>
    ['.ts', '.mts', '.js', '.mjs'].map((extension) => join(folder, `${uses}.view${extension}`)),
  );
  return files.find((file) => existsSync(file));
}

function checkView(file: string, module: unknown): StageView {
  const { default: declared } = module as { readonly default?: Partial<StageView> };
  if (typeof declared?.view === 'function' && typeof declared.outputs === 'object') return declared as StageView;
  throw new Error(`${file} has no \`export default defineView({ outputs, view })\``);
}

/** What one stage shows of a unit: its task for it, or the one of all its tasks (folds, say) that knows the unit. */
function partsOf(
  { stage, view }: Loaded,
  { unit, fold }: Prediction,
  replicate: MatrixPoint,
  facts: Facts,
  artifacts: Artifacts,
  faults: Set<string>,
): readonly ViewPart[] {
  const agreeing = stage.points.filter(({ point }) => agrees(point, replicate));
  const ofFold = agreeing.filter(({ point }) => fold !== undefined && Object.values(point).includes(fold));
  for (const { point, params } of ofFold.length > 0 ? ofFold : agreeing) {
    const titles = [titleOf({ stage: stage.stage, item: unit, point }), titleOf({ stage: stage.stage, point })];
    const task = titles.map((title) => facts.tasks.get(title)).find((found) => found !== undefined);
    const outputs = task && readOutputs(view, task.outputs, artifacts);
    if (outputs === undefined) continue;
    try {
      const parts = view.view({ outputs, params, unit });
      if (parts.length > 0) return parts;
    } catch (error) {
      faults.add(`the view of \`${stage.uses}\` failed: ${messageOf(error)}`);
    }
  }
  return [];
}

/** Undefined unless all of them are there. */
function readOutputs(
  view: StageView,
  digests: Readonly<Record<string, string>>,
  artifacts: Artifacts,
): Readonly<Record<string, ArtifactValue>> | undefined {
  const read = Object.entries(view.outputs).map(([name, type]: [string, ArtifactType]) => {
    const digest = digests[name];
    return [name, digest === undefined ? undefined : artifacts.read(digest, type)] as const;
  });
  const found = read.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return found.length === read.length ? Object.fromEntries(found) : undefined;
}

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
