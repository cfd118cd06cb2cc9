import type { MatrixPoint } from '../stage/index.ts';
import { commandType } from './command-stage-info.ts';
import { waysToGive, type DataFolders } from './data-folders.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Evaluation, Lookup } from './evaluate.ts';
import type { Findings } from './findings.ts';
import { readInput } from './input-declaration.ts';
import { namespaces } from './names.ts';
import type { ResolvedParams } from './resolve-params.ts';
import { piecePlaceOf, type Path, type SourceTree } from './source-tree.ts';
import type { StageDraft } from './stage-draft.ts';

export interface ScopeContext {
  readonly tree: SourceTree;
  readonly findings: Findings;
  readonly params: ResolvedParams;
  readonly data: DataFolders;
  readonly stages: ReadonlyMap<string, StageDraft>;
}

/** What was met while a stage's parameters were evaluated. */
export interface Met {
  /** Paths of values that are not known, at this point or for a fault. */
  readonly unknown: Path[];
  readonly axes: Set<string>;
  /** `inputs.audio` and so on, in the words of a command. */
  readonly files: Set<string>;
}

type Found = ReturnType<Lookup>;
type Tell = (code: string, message: string, advice: string) => Found;

/** How references in the `with` of a stage are looked up: at a matrix point, or without one. */
export function stageScope(
  stage: StageDraft,
  point: MatrixPoint | undefined,
  context: ScopeContext,
  met: Met,
): Evaluation {
  const { tree, findings, params } = context;
  const isWord = (path: Path) => stage.uses === commandType && path[3] === 'command';
  return {
    lookup(reference, path) {
      const place = () => piecePlaceOf(tree, path, reference.written, reference.occurrence);
      const tell: Tell = (code, message, advice) => {
        findings.add(code, place(), `\`${reference.written}\`: ${message}`, advice);
        return undefined;
      };
      const [space = '', name = ''] = reference.path;
      const isPair = reference.path.length === 2;
      switch (space) {
        case 'params':
          return params.lookup(reference, path);
        case 'data':
          if (!isPair) return tell('unknown-reference', 'it names no data folder.', 'Write `${data.NAME}`.');
          return dataFolder(name, stage, context, tell);
        case 'matrix':
          if (!isPair) return tell('unknown-reference', 'it names no axis.', 'Write `${matrix.AXIS}`.');
          return matrixValue(name, stage, point, isWord(path), met, tell);
        case 'inputs':
        case 'outputs':
        case 'code':
          if (!isWord(path))
            return tell(
              'reference-not-allowed',
              'it stands for a path in the words of a `command` only.',
              'Other stages get their inputs through `needs`.',
            );
          met.files.add(reference.path.join('.'));
          return commandFile(reference.path, stage, tell);
        default:
          if (context.stages.has(space))
            return tell(
              'reference-not-allowed',
              'outputs of stages are no parameters.',
              'Bind them by `needs`, or make an axis of them in `matrix`.',
            );
          return tell(
            'unknown-reference',
            `there is no \`${space}\` to refer to.`,
            didYouMean(space, namespaces, 'references begin with'),
          );
      }
    },
    fault: (code, path, piece, message, advice) =>
      findings.add(code, piecePlaceOf(tree, path, piece.written, piece.occurrence), message, advice),
    unknown: (path) => met.unknown.push(path),
    isPartial: isWord,
  };
}

function dataFolder(name: string, stage: StageDraft, { data }: ScopeContext, tell: Tell): Found {
  if (!data.names.includes(name))
    return tell(
      'unknown-reference',
      `the pipeline has no data folder \`${name}\`.`,
      didYouMean(name, data.names, 'data folders'),
    );
  if (stage.uses === commandType || (stage.type && stage.type.kind !== 'source')) {
    return tell(
      'data-outside-source',
      'only sources read data folders.',
      'Let a source find the files, and take them by `needs`: then a changed file is noticed.',
    );
  }
  const folder = data.folder(name);
  return folder === undefined
    ? tell('data-folder-missing', 'this data folder was not given.', waysToGive(name))
    : { value: folder };
}

function matrixValue(
  axis: string,
  stage: StageDraft,
  point: MatrixPoint | undefined,
  isWord: boolean,
  met: Met,
  tell: Tell,
): Found {
  if (stage.matrix && !Object.hasOwn(stage.matrix, axis)) {
    const advice = didYouMean(axis, Object.keys(stage.matrix), 'axes');
    return tell('unknown-reference', `\`${stage.name}\` has no axis \`${axis}\`.`, advice);
  }
  if (stage.uses === commandType && !isWord) {
    return tell(
      'reference-not-allowed',
      'a command has the same inputs, outputs and code at every point.',
      'Use it in `command` only.',
    );
  }
  met.axes.add(axis);
  const value = point && Object.hasOwn(point, axis) ? point[axis] : undefined;
  if (value !== undefined) return { value };
  return isWord ? 'keep' : undefined;
}

function commandFile(path: readonly string[], stage: StageDraft, tell: Tell): Found {
  const [space = '', name = '', output, ...rest] = path;
  if (space === 'code')
    return path.length === 1 ? 'keep' : tell('unknown-reference', 'the code is one folder.', 'Write `${code}/FILE`.');
  const declared = stage.type && (space === 'inputs' ? stage.type.inputs : stage.type.outputs);
  if (!declared) return 'keep';
  const names = Object.keys(declared);
  if (!names.includes(name))
    return tell(
      'unknown-reference',
      `\`${stage.name}\` has no \`${name}\` in its \`${space}\`.`,
      didYouMean(name, names, space),
    );
  const declaration = Object.hasOwn(declared, name) ? declared[name] : undefined;
  const input = declaration === undefined ? undefined : readInput(declaration);
  const parts = input?.mode === 'one' && typeof input.shape === 'object' ? Object.keys(input.shape ?? {}) : [];
  const isRight =
    parts.length === 0 ? output === undefined : output !== undefined && parts.includes(output) && rest.length === 0;
  if (isRight) return 'keep';
  const advice =
    parts.length === 0
      ? `Write \`\${${space}.${name}}\`.`
      : `Write one of ${parts.map((part) => `\`\${${space}.${name}.${part}}\``).join(', ')}.`;
  return tell('unknown-reference', `this is no file of \`${name}\`.`, advice);
}
