import type { Findings } from './findings.ts';
import { yamlPackage } from './lazy-packages.ts';

const deepest = 64;

/** What is looked for before parsing: tabs as indentation, and brackets that would take the parser minutes and gigabytes. */
export function lintYamlText(file: string, text: string, findings: Findings): boolean {
  findTabs(file, text, findings);
  findBrackets(file, text, findings);
  return findings.count === 0;
}

/** The parser's own message names a tab in some places only. */
function findTabs(file: string, text: string, findings: Findings): void {
  if (!text.includes('\t')) return;
  const inBlock = blockScalarLines(text);
  let start = 0;
  let tabs = 0;
  for (const [number, line] of text.split('\n').entries()) {
    const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
    const tab = indent.indexOf('\t');
    const hasContent = indent.length < line.trimEnd().length && line[indent.length] !== '#';
    if (tab >= 0 && hasContent && !inBlock(number) && tabs++ < 20) {
      const place = { file, start: start + tab, end: start + indent.length };
      findings.add('tab-indentation', place, 'A tab cannot indent YAML.', 'Use spaces: two for each level.');
    }
    start += line.length + 1;
  }
}

/** Whether a line belongs to a block of text (`key: |`), where tabs are part of the text once it is indented by spaces. */
function blockScalarLines(text: string): (line: number) => boolean {
  const lines = text.split('\n');
  const inside = new Set<number>();
  let blockIndent = -1;
  for (const [number, line] of lines.entries()) {
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    if (blockIndent >= 0 && (line.trim() === '' || indent > blockIndent)) inside.add(number);
    else blockIndent = /(^|[\s:-])[|>][-+0-9]*\s*(#.*)?$/.test(line) ? indent : -1;
  }
  return (number) => inside.has(number);
}

function findBrackets(file: string, text: string, findings: Findings): void {
  let depth = 0;
  let offset = 0;
  for (const token of new (yamlPackage().Lexer)().lex(text)) {
    // The lexer marks what is no text of the source by control characters.
    if (token === '\u{FEFF}' || token === '\u{02}' || token === '\u{18}' || token === '\u{1F}') continue;
    if (token === '[' || token === '{') depth++;
    if (token === ']' || token === '}') depth--;
    if (depth > deepest || depth < 0) {
      const message = depth < 0 ? `\`${token}\` closes nothing.` : 'The values are nested too deeply.';
      findings.add(
        depth < 0 ? 'yaml-syntax' : 'too-deep',
        { file, start: offset, end: offset + 1 },
        message,
        'Check the brackets.',
      );
      return;
    }
    offset += token.length;
  }
}
