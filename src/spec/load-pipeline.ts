import { dirname, resolve } from 'node:path';
import { PipeError, exitCodes, type Diagnostic, type ExitCode } from '../errors.ts';
import { bindInputs, chooseOutputs } from './bind-inputs.ts';
import { checkAxes } from './check-axes.ts';
import { checkCommand } from './check-command.ts';
import { checkEngine, checkEngineOverride } from './check-engine.ts';
import { checkItems, checkJoins } from './check-joins.ts';
import { schemaChecker } from './check-schema.ts';
import { checkStructure } from './check-structure.ts';
import { commandParams, commandType } from './command-stage-info.ts';
import { findDataFolders, type DataSettings } from './data-folders.ts';
import { collectFindings, type Findings } from './findings.ts';
import { findStageTypes } from './find-stage-types.ts';
import type { Memory } from './memory.ts';
import { orderStages } from './order-stages.ts';
import { applyOverrides } from './overrides.ts';
import { parseYaml } from './parse-yaml.ts';
import { readSpecFile } from './read-spec-file.ts';
import { checkArtifactAxes, resolveMatrices } from './resolve-matrix.ts';
import { resolveParams } from './resolve-params.ts';
import { child, isObject, placeOf, type SourceTree } from './source-tree.ts';
import { readStages, textList, type StageDraft } from './stage-draft.ts';
import { stageNode } from './stage-node.ts';
import { draftParams, stageParams, type ParamsContext, type StageParams } from './stage-params.ts';
import type { Pipeline, StageTypes } from './types.ts';
import { checkVary } from './vary.ts';

export interface LoadOptions extends DataSettings {
  /** The texts of `--set path=value`, in order. */
  readonly overrides: readonly string[];
  /** `--engine`: takes the place of every stage's `engine`. */
  readonly engine?: string;
  /** The engine that `auto` stands for; found anew for each run where it is not given. */
  readonly auto?: string;
  /** The file's text, where it was read before: the file itself is not looked at. */
  readonly text?: string;
  /** The folder that the file's relative paths begin at; its own where it is not given. */
  readonly folder?: string;
  /** Keeps what was found to be right, so that a file that has not changed is neither parsed nor checked again. */
  readonly memory?: Memory;
}

export type Loaded = { readonly pipeline: Pipeline } | { readonly diagnostics: readonly Diagnostic[] };

/** Reads and checks a pipeline. Whatever the user can mend is a diagnostic, and all of them are told at once. */
export async function loadPipeline(file: string, options: LoadOptions, types: StageTypes): Promise<Loaded> {
  const path = resolve(options.workingFolder, file);
  const read = options.text === undefined ? await readSpecFile(path) : { text: options.text };
  if ('diagnostic' in read) return { diagnostics: [read.diagnostic] };
  const { tree, diagnostics } = parseYaml(path, read.text, options.memory);
  const findings = collectFindings();
  for (const { code, place, message, advice } of diagnostics) findings.add(code, place, message, advice);
  const pipeline = tree && (await checkPipeline(tree, options, types, findings));
  if (pipeline && findings.count === 0) return { pipeline };
  return { diagnostics: first(findings.all()) };
}

/** Nobody reads more than these. */
const mostDiagnostics = 100;

function first(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const more = diagnostics.length - mostDiagnostics;
  if (more <= 1) return diagnostics;
  const rest = { code: 'more-errors', message: `There are ${more} more errors.`, advice: 'Mend these first.' };
  return [...diagnostics.slice(0, mostDiagnostics), rest];
}

/** One error for all that is wrong with a pipeline. Its exit code is 3 when nothing but data is missing. */
export function specError(file: string, diagnostics: readonly Diagnostic[]): PipeError {
  const [first] = diagnostics;
  const isData = diagnostics.every(({ code }) => code.startsWith('data-folder-'));
  const exitCode: ExitCode = isData ? exitCodes.inputData : exitCodes.usage;
  if (first && diagnostics.length === 1) {
    return new PipeError(first.code, first.message, { exitCode, advice: first.advice, diagnostics });
  }
  return new PipeError('invalid-pipeline', `There are ${diagnostics.length} errors in ${file}.`, {
    exitCode,
    diagnostics,
  });
}

async function checkPipeline(
  written: SourceTree,
  options: LoadOptions,
  types: StageTypes,
  findings: Findings,
): Promise<Pipeline | undefined> {
  if (!isObject(written.value)) {
    findings.add(
      'not-a-mapping',
      placeOf(written, []),
      'A pipeline is a mapping with the keys `pipeline` and `stages`.',
      'docs/pipeline-language.md has an example.',
    );
    return undefined;
  }
  const tree = applyOverrides(written, options.overrides, findings);
  const checker = schemaChecker(options.memory);
  checkStructure(tree, checker, findings);
  checkEngineOverride(options.engine, findings);
  const stages = new Map(readStages(tree).map((stage) => [stage.name, stage]));
  const params = resolveParams(tree, findings);
  const data = await findDataFolders(tree, options, findings, options.memory);
  const context: ParamsContext = { tree, findings, params, data, stages, checker };
  const folder = options.folder ?? dirname(tree.file);
  const stageFolders = textList(child(tree.value, 'stageFolders')).map((name) => resolve(folder, name));

  await findStageTypes(context, types, stageFolders, (stage) => draftParams(stage, commandParams, context));
  const ordered = checkGraph(context);
  const parameters = checkParameters(context, folder);
  await data.check();
  if (findings.count === 0) tellUnused(params.unused(), tree, findings);
  if (findings.count > 0 || !ordered) return undefined;

  const name = child(tree.value, 'pipeline');
  return {
    name: typeof name === 'string' ? name : '',
    file: tree.file,
    text: tree.text,
    overrides: options.overrides,
    data: data.given,
    params: params.value,
    stageFolders,
    stages: ordered.flatMap((stage) => stageNode(stage, parameters.get(stage.name), tree, folder, options) ?? []),
  };
}

function checkGraph(context: ParamsContext): readonly StageDraft[] | undefined {
  const { stages, tree, findings } = context;
  for (const stage of stages.values()) bindInputs(stage, stages, tree, findings);
  for (const stage of stages.values()) chooseOutputs(stage, stages, tree, findings);
  resolveMatrices(context);
  checkArtifactAxes(context);
  const ordered = orderStages(stages, tree, findings);
  for (const stage of stages.values()) checkJoins(stage, stages, tree, findings);
  if (ordered) checkItems(ordered, stages, tree, findings);
  return ordered;
}

function checkParameters(context: ParamsContext, folder: string): ReadonlyMap<string, StageParams> {
  const { stages, tree, findings } = context;
  const parameters = new Map<string, StageParams>();
  for (const stage of stages.values()) {
    const isCommand = stage.uses === commandType;
    const found = stageParams(stage, isCommand ? commandParams : stage.type?.params, context);
    parameters.set(stage.name, found);
    checkAxes(stage, found.axes, stages, tree, findings);
    checkEngine(stage, tree, findings);
    checkVary(stage, tree, findings);
    const draft = isCommand ? draftParams(stage, commandParams, context) : undefined;
    if (draft) checkCommand(stage, draft, found.files, folder, tree, findings);
  }
  return parameters;
}

/** A parameter that nothing refers to is a mistake: who sets it believes to run another experiment. */
function tellUnused(paths: readonly (readonly (string | number)[])[], tree: SourceTree, findings: Findings): void {
  for (const path of paths) {
    const name = path.join('.');
    findings.add(
      'unused-param',
      placeOf(tree, path),
      `Nothing refers to \`${name}\`.`,
      `Use it as \`\${${name}}\`, or remove it.`,
    );
  }
}
