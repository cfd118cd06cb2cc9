import type { SchemaChecker } from './check-schema.ts';
import type { Schema } from './closed-schema.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Findings } from './findings.ts';
import { reservedNames } from './names.ts';
import { pipelineStructure } from './pipeline-structure.ts';
import { schemaProblems, type SchemaProblem } from './schema-problems.ts';
import { child, isObject, keyPlaceOf, placeOf, type SourceTree } from './source-tree.ts';

const codes: Readonly<Record<SchemaProblem['kind'], string>> = {
  unknown: 'unknown-key',
  missing: 'missing-key',
  invalid: 'wrong-type',
  'bad-name': 'bad-name',
};

/** Checks the file by its JSON Schema, and what the schema cannot say of names. */
export function checkStructure(tree: SourceTree, checker: SchemaChecker, findings: Findings): void {
  if (isSweepFile(tree.value)) return tellSweep(tree, findings);
  checkBySchema(tree, pipelineStructure, checker, findings);
  const stages = child(tree.value, 'stages');
  for (const name of isObject(stages) ? Object.keys(stages) : []) {
    if (!reservedNames.includes(name)) continue;
    findings.add(
      'reserved-name',
      keyPlaceOf(tree, ['stages', name]),
      `No stage can be named \`${name}\`: references to it would be others.`,
      'Choose another name.',
    );
  }
}

/** A sweep of another file's pipeline. */
export function isSweepFile(value: SourceTree['value']): boolean {
  return child(value, 'stages') === undefined && isObject(child(value, 'sweep'));
}

function tellSweep(tree: SourceTree, findings: Findings): void {
  findings.add(
    'not-a-pipeline',
    keyPlaceOf(tree, ['sweep']),
    'This file has a sweep, and no stages.',
    'Run it with `pipe sweep FILE`, or name the pipeline that it sweeps.',
  );
}

/** Checks a file by a JSON Schema, every error at its place. */
export function checkBySchema(tree: SourceTree, schema: Schema, checker: SchemaChecker, findings: Findings): void {
  const checked = checker(schema, tree.value);
  const problems = 'errors' in checked ? schemaProblems(checked.errors, 'key') : [];
  for (const { kind, path, message, advice } of problems) {
    const place =
      path.length === 0
        ? { file: tree.file, start: 0, end: 0 }
        : kind === 'invalid'
          ? placeOf(tree, path)
          : keyPlaceOf(tree, path);
    findings.add(codes[kind], place, message, (kind === 'unknown' ? misplaced(path) : undefined) ?? advice);
  }
}

/** A parameter written beside `with` instead of below it is the likeliest mistake of all. */
function misplaced(path: readonly string[]): string | undefined {
  const key = path.at(-1) ?? '';
  if (path[0] !== 'stages' || path.length !== 3) return undefined;
  const known = [
    'uses',
    'description',
    'with',
    'needs',
    'matrix',
    'vary',
    'engine',
    'threads',
    'timeout',
    'retries',
    'isolate',
  ];
  return `${didYouMean(key, known, 'keys')} Parameters of the stage type stand below \`with\`.`;
}
