import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PipeError, exitCodes } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { systemText } from '../system-text.ts';
import { writeAside } from '../write-aside.ts';
import type { ReportContent } from './content.ts';
import { drawPng, fullSpec } from './figures/draw.ts';
import { latexTable } from './tables/latex.ts';
import { markdownTable } from './tables/markdown.ts';

export interface WrittenReport {
  /** The page, absolute where the folder is. */
  readonly page: string;
  /** All files, relative to the folder. */
  readonly files: readonly string[];
}

/** Lists the files of a report, so that the next one in this folder can take its place. */
const listFile = 'report.json';
/** Other tools have files of this name: only one that says so lists what may go. */
const madeBy = 'pipe report';
const pageFile = 'report.html';

/**
 * Writes a report into a folder, in place of one that is there. Other files are left as they are. Throws a PipeError
 * (`report-not-writable`).
 */
export async function writeReport(folder: string, content: ReportContent): Promise<WrittenReport> {
  const files = await filesOf(content);
  try {
    if (existsSync(folder) && !statSync(folder).isDirectory()) throw new Error('a file is there');
    const earlier = earlierFiles(join(folder, listFile));
    for (const [name, bytes] of files) {
      const path = join(folder, name);
      makeFolder(dirname(path));
      writeAside(path, bytes);
    }
    // Last, so that the earlier report is there until this one is.
    for (const name of earlier) if (!files.has(name)) rmSync(join(folder, name), { force: true });
  } catch (cause) {
    throw new PipeError('report-not-writable', `The report cannot be written to ${folder}: ${systemText(cause)}.`, {
      exitCode: exitCodes.environment,
      advice: 'Choose another folder with `-o DIR`.',
      cause,
    });
  }
  return { page: join(folder, pageFile), files: [...files.keys()] };
}

async function filesOf({
  name,
  page,
  figures,
  tables,
  files,
}: ReportContent): Promise<Map<string, string | Uint8Array>> {
  const all = new Map<string, string | Uint8Array>([[pageFile, page], ...Object.entries(files)]);
  for (const figure of figures) {
    all.set(`figures/${figure.name}.svg`, figure.svg);
    all.set(`figures/${figure.name}.png`, await drawPng(figure.svg));
    all.set(`figures/${figure.name}.vl.json`, `${JSON.stringify(fullSpec(figure), undefined, 1)}\n`);
  }
  for (const table of tables) {
    all.set(`tables/${table.name}.md`, markdownTable(table));
    all.set(`tables/${table.name}.tex`, latexTable(table));
  }
  all.set(listFile, `${JSON.stringify({ madeBy, report: name, files: [...all.keys()] }, undefined, 1)}\n`);
  return all;
}

/** Only what a report may have written. */
function earlierFiles(path: string): string[] {
  try {
    const list = JSON.parse(readFileSync(path, 'utf8')) as { madeBy?: unknown; files?: readonly unknown[] };
    if (list.madeBy !== madeBy || list.files === undefined) return [];
    return list.files.flatMap((name) =>
      typeof name === 'string' && /^((figures|tables)\/)?\w[\w.-]*$/.test(name) ? [name] : [],
    );
  } catch {
    return [];
  }
}
