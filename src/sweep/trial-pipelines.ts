import type { Diagnostic } from '../errors.ts';
import type { DataSettings } from '../spec/data-folders.ts';
import { loadPipeline, specError } from '../spec/index.ts';
import { collectFindings } from '../spec/findings.ts';
import type { Memory } from '../spec/memory.ts';
import { overrideFile } from '../spec/source-tree.ts';
import type { Pipeline, StageTypes } from '../spec/types.ts';
import { checkObjective } from './objective.ts';
import type { Configuration } from './search/index.ts';
import { type Setting, overrideOf } from './settings.ts';
import type { SweepSpec } from './sweep-spec.ts';

export interface PipelineSettings extends DataSettings {
  /** `--set`: after `set` of the sweep, before what a trial sets. */
  readonly overrides: readonly string[];
  readonly engine?: string;
  readonly auto?: string;
  readonly memory?: Memory;
}

/**
 * Loads the swept pipeline, changed as all trials change it and by the settings of one. All come from the text that the first
 * came from: an edit of the file changes no trial of a sweep that is on.
 */
export interface TrialPipelines {
  /** Throws a PipeError for what is wrong with it, with places in the sweep's file. */
  load(settings: readonly Setting[], more?: readonly string[]): Promise<Pipeline>;
  /** The same as diagnostics, with what is wrong with the objective. */
  faults(settings: readonly Setting[]): Promise<readonly Diagnostic[]>;
}

export function createTrialPipelines(sweep: SweepSpec, given: PipelineSettings, types: StageTypes): TrialPipelines {
  let text = sweep.pipelineFile === sweep.file ? sweep.text : undefined;
  const load = async (settings: readonly Setting[], more: readonly string[] = []) => {
    const overrides = [...sweep.set.map(overrideOf), ...given.overrides, ...settings.map(overrideOf), ...more];
    const options = { ...given, overrides, ...(text !== undefined && { text }) };
    const loaded = await loadPipeline(sweep.pipelineFile, options, types);
    if ('pipeline' in loaded) {
      text ??= loaded.pipeline.text;
      return loaded;
    }
    return { diagnostics: loaded.diagnostics.map((one) => relocate(one, [...sweep.set, ...settings])) };
  };
  return {
    async load(settings, more) {
      const loaded = await load(settings, more);
      if ('pipeline' in loaded) return loaded.pipeline;
      throw specError(sweep.pipelineFile, loaded.diagnostics);
    },
    async faults(settings) {
      const loaded = await load(settings);
      if (!('pipeline' in loaded)) return loaded.diagnostics;
      const findings = collectFindings();
      checkObjective(sweep, loaded.pipeline, findings);
      return findings.all();
    },
  };
}

/** What is wrong with an override is wrong with the line of the sweep that it comes from. */
function relocate(diagnostic: Diagnostic, settings: readonly Setting[]): Diagnostic {
  const setting = settings.find((one) => overrideFile(overrideOf(one)) === diagnostic.place?.file);
  return setting === undefined ? diagnostic : { ...diagnostic, place: setting.place };
}

/** What a trial sets: what this part of the sweep does, then its configuration in the order of the space. */
export function settingsOfTrial(
  sweep: SweepSpec,
  each: readonly Setting[],
  configuration: Configuration,
): readonly Setting[] {
  const own = sweep.space.flatMap(({ path }) => {
    const value = configuration[path];
    return value === undefined ? [] : sweep.settingsOf(path, value);
  });
  return [...each, ...own];
}

/** Loads every configuration, and tells all that is wrong with any of them, or with the objective there. */
export async function faultsOf(
  sweep: SweepSpec,
  pipelines: TrialPipelines,
  configurations: readonly Configuration[],
): Promise<readonly Diagnostic[]> {
  const found = new Map<string, Diagnostic>();
  const check = async (settings: readonly Setting[]) => {
    for (const one of await pipelines.faults(settings)) {
      const name = JSON.stringify([one.code, one.message, one.place]);
      if (!found.has(name)) found.set(name, one);
    }
  };
  for (const { settings } of sweep.each) {
    for (const configuration of configurations) await check(settingsOfTrial(sweep, settings, configuration));
    // What the final run changes must not be found wrong when all trials have ended.
    if (sweep.final.length > 0)
      await check([...settingsOfTrial(sweep, settings, configurations[0] ?? {}), ...sweep.final]);
  }
  return [...found.values()];
}
