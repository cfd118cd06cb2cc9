import type { Diagnostic } from '../errors.ts';
import type { Json } from '../stage/index.ts';
import { collectFindings, type Findings } from './findings.ts';
import { remembered, type Memory } from './memory.ts';
import { isObject, type SourceTree, type Span } from './source-tree.ts';
import { readNodes, type FlatSpan } from './yaml-nodes.ts';
import { lintYamlText } from './yaml-text.ts';
import { yamlPackage } from './lazy-packages.ts';

export interface ParsedYaml {
  /** Missing when the text cannot be made sense of at all. */
  readonly tree: SourceTree | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Parses YAML 1.2 to plain values with their places. Refused beside bad syntax: duplicate keys, several documents,
 * custom tags, bombs of aliases, numbers that would silently become others (`03`, more than 53 bits, `.nan`).
 */
export function parseYaml(file: string, text: string, memory?: Memory): ParsedYaml {
  const findings = collectFindings();
  let fresh: Parsed | undefined;
  const flawless = remembered(
    memory,
    ['yaml', text],
    () => {
      fresh = parse(file, text, findings);
      return findings.count === 0 ? fresh : undefined;
    },
    isParsed,
  );
  const parsed = flawless ?? fresh;
  if (!parsed) return { tree: undefined, diagnostics: findings.all() };
  const spans = new Map<string, Span>();
  for (const [pointer, [keyStart, keyEnd, start, end]] of Object.entries(parsed.spans)) {
    spans.set(pointer, { file, key: keyStart < 0 ? undefined : [keyStart, keyEnd], value: [start, end] });
  }
  return { tree: { file, text, value: parsed.value, spans }, diagnostics: findings.all() };
}

interface Parsed {
  readonly value: Json;
  readonly spans: Readonly<Record<string, FlatSpan>>;
}

function isParsed(value: unknown): value is Parsed {
  return isObject(value) && isObject(value.spans);
}

function parse(file: string, text: string, findings: Findings): Parsed | undefined {
  if (!lintYamlText(file, text, findings)) return undefined;
  // Duplicate keys are found while walking: the package's own check takes quadratic time.
  const document = yamlPackage().parseDocument(text, { prettyErrors: false, uniqueKeys: false });
  for (const problem of [...document.errors, ...document.warnings].slice(0, 20)) {
    const [code, message, advice] = syntaxProblem(problem.code, problem.message);
    findings.add(code, { file, ...markOf(text, problem.pos) }, message, advice);
    // One fault of this kind at every level.
    if (code === 'too-deep') break;
  }
  if (findings.count > 0) return undefined;
  return readNodes(file, text, document.contents, findings);
}

/** Behind the blanks that the parser counts in, and within one line. */
function markOf(text: string, [from, to]: readonly [number, number]): { readonly start: number; readonly end: number } {
  const start = from + (/^[ \t]*(?=\S)/.exec(text.slice(from, from + 1000))?.[0].length ?? 0);
  const rest = /^[^\r\n]*/.exec(text.slice(start, to))?.[0].length ?? 0;
  return { start, end: start + Math.max(1, rest) };
}

function syntaxProblem(code: string, message: string): readonly [code: string, message: string, advice: string] {
  switch (code) {
    case 'MULTIPLE_DOCS':
      return [
        'several-documents',
        'A second YAML document begins here.',
        'One file holds one pipeline: remove the line `---`, or split the file.',
      ];
    case 'RESOURCE_EXHAUSTION':
      return ['too-deep', 'The values are nested too deeply.', 'A pipeline needs fewer than ten levels.'];
    case 'TAG_RESOLVE_FAILED':
      return [
        'yaml-syntax',
        sentence(message),
        'Tags are not used in pipelines; put text that begins with `!` in quotes.',
      ];
    default:
      return ['yaml-syntax', sentence(message), 'Check indentation, quotes and brackets here and in the line above.'];
  }
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
