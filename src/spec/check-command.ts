import { findCommandCode, isFolder } from './command-code.ts';
import type { Findings } from './findings.ts';
import { readInput } from './input-declaration.ts';
import { child, keyPlaceOf, placeOf, type JsonObject, type SourceTree } from './source-tree.ts';
import { textList, type StageDraft } from './stage-draft.ts';

/** Checks what the schema of a command cannot say. */
export function checkCommand(
  stage: StageDraft,
  parameters: JsonObject,
  files: ReadonlySet<string>,
  pipelineFolder: string,
  tree: SourceTree,
  findings: Findings,
): void {
  const { type } = stage;
  if (!type) return;
  const path = [...stage.path, 'with'];
  const isNamed = (file: string) => [...files].some((other) => other === file || other.startsWith(`${file}.`));
  for (const [space, names] of [
    ['inputs', Object.keys(type.inputs)] as const,
    ['outputs', Object.keys(type.outputs)] as const,
  ]) {
    for (const name of names.filter((candidate) => !isNamed(`${space}.${candidate}`))) {
      const message = `The command never names \`\${${space}.${name}}\`, so it cannot ${space === 'inputs' ? 'read' : 'write'} it.`;
      findings.add(
        'unused-file',
        keyPlaceOf(tree, [...path, space, name]),
        message,
        `Add \`\${${space}.${name}}\` to the words of \`command\`, or remove \`${name}\`.`,
      );
    }
  }
  if (type.kind === 'map') checkPerItem(stage, tree, findings);
  const { code } = codeOf(parameters, pipelineFolder);
  if (code === undefined && files.has('code')) {
    findings.add(
      'code-folder-missing',
      placeOf(tree, [...path, 'command']),
      '`${code}` stands for nothing: no word of the command names a file.',
      'Say which folder: code: FOLDER, relative to the pipeline.',
    );
  }
  if (code !== undefined && !isFolder(code)) {
    findings.add(
      'code-folder-missing',
      placeOf(tree, [...path, 'code']),
      `The code folder ${code} does not exist.`,
      'It is relative to the pipeline; correct it.',
    );
  }
}

/** The parameters as they run: words that name the program's files are `${code}/…`, and `code` is absolute. */
export function withCommandCode(parameters: JsonObject, pipelineFolder: string): JsonObject {
  const { command, code } = codeOf(parameters, pipelineFolder);
  return { ...parameters, command, ...(code === undefined ? {} : { code }) };
}

function codeOf(parameters: JsonObject, pipelineFolder: string) {
  const given = child(parameters, 'code');
  return findCommandCode(
    textList(child(parameters, 'command')),
    typeof given === 'string' ? given : undefined,
    pipelineFolder,
  );
}

function checkPerItem(stage: StageDraft, tree: SourceTree, findings: Findings): void {
  const path = [...stage.path, 'with'];
  for (const [name, declaration] of Object.entries(stage.type?.inputs ?? {})) {
    const { mode } = readInput(declaration);
    if (mode === 'one') continue;
    findings.add(
      'bad-command',
      placeOf(tree, [...path, 'inputs', name]),
      `\`${mode}\` makes no sense for a command that runs once for each item.`,
      'Write per: all, or give the type alone.',
    );
  }
  if (stage.type && stage.type.columns.length > 0) {
    findings.add(
      'bad-command',
      keyPlaceOf(tree, [...path, 'columns']),
      'A command that runs once for each item sees no columns.',
      'Write per: all, or remove `columns`.',
    );
  }
}
