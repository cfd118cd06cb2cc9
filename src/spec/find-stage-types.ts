import { PipeError, type SourceRange, exitCodes } from '../errors.ts';
import { commandStageInfo, commandType, type CommandParams } from './command-stage-info.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Findings } from './findings.ts';
import { isFolder } from './command-code.ts';
import { placeOf, type JsonObject, type SourceTree } from './source-tree.ts';
import type { StageDraft } from './stage-draft.ts';
import type { StageTypes } from './types.ts';

/** Finds the type of every stage. That of a command is made from its parameters. */
export async function findStageTypes(
  {
    tree,
    findings,
    stages,
  }: { readonly tree: SourceTree; readonly findings: Findings; readonly stages: ReadonlyMap<string, StageDraft> },
  types: StageTypes,
  folders: readonly string[],
  commandParameters: (stage: StageDraft) => JsonObject | undefined,
): Promise<void> {
  for (const [index, folder] of folders.entries()) {
    if (isFolder(folder)) continue;
    findings.add(
      'stage-folder-missing',
      placeOf(tree, ['stageFolders', index]),
      `The folder of stage types ${folder} does not exist.`,
      'It is relative to the pipeline; correct or remove it.',
    );
  }
  const find = async (stage: StageDraft): Promise<void> => {
    if (stage.uses === undefined) return;
    if (stage.uses === commandType) {
      const parameters = commandParameters(stage);
      // Checked by its schema just before.
      if (parameters) stage.type = commandStageInfo(parameters as unknown as CommandParams);
      return;
    }
    const place = placeOf(tree, [...stage.path, 'uses']);
    try {
      stage.type = await types.find(stage.uses, folders);
      if (stage.type) return;
      const names = [commandType, ...(await types.names(folders))];
      findings.add(
        'unknown-stage-type',
        place,
        `There is no stage type \`${stage.uses}\`.`,
        didYouMean(stage.uses, names, 'stage types'),
      );
    } catch (error) {
      tellBroken(error, place, findings);
    }
  };
  await Promise.all([...stages.values()].map(find));
}

function tellBroken(error: unknown, place: SourceRange, findings: Findings): void {
  // A full disk, say, is no fault of the pipeline's.
  if (!(error instanceof PipeError) || error.exitCode === exitCodes.environment) throw error;
  findings.add(error.code, place, error.message, error.advice);
  for (const { code, place: inner, message, advice } of error.diagnostics) findings.add(code, inner, message, advice);
}
