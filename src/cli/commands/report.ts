import { basename, join, relative, resolve } from 'node:path';
import { cwd } from 'node:process';
import { pathToFileURL } from 'node:url';
import { PipeError, exitCodes } from '../../errors.ts';
import { type ReportContent, type WrittenReport, runReport, sweepReport, writeReport } from '../../report/index.ts';
import { isSweep } from '../../sweep/read-sweep.ts';
import { counted } from '../duration.ts';
import type { ReportCommandOptions } from '../options.ts';
import { createTerminal } from '../terminal.ts';
import { type WorkspaceFolders, findWorkspace } from '../workspace.ts';

/** `pipe report`: a run or a sweep as a page, figures, tables and CSV. */
export async function report(wanted: string, options: ReportCommandOptions): Promise<number> {
  const { json, print, printJson, colours } = createTerminal(options);
  const folders = findWorkspace(options.workspace);
  const content = await contentOf(folders, wanted);
  const folder = options.output === undefined ? join(folders.root, 'reports', content.name) : resolve(options.output);
  const written = await writeReport(folder, content);
  if (options.openWith !== undefined && options.openWith !== 'nothing') await openWith(options.openWith, written);
  if (json) printJson({ folder, ...written });
  else {
    const kinds = `${counted(content.figures.length, 'figure')} (PNG, SVG, Vega-Lite), ${counted(content.tables.length, 'table')} (Markdown, LaTeX)`;
    print(`${colours.bold(shown(written.page))}\n${colours.dim(`with ${kinds} and ${csvNames(written)}`)}`);
    print(colours.dim(pathToFileURL(written.page).href));
  }
  return exitCodes.done;
}

const contentOf = (folders: WorkspaceFolders, wanted: string): Promise<ReportContent> =>
  isSweep(folders.experiments, wanted) ? sweepReport(folders, wanted) : runReport(folders, wanted);

const csvNames = ({ files }: WrittenReport): string => {
  const names = files.filter((name) => name.endsWith('.csv')).map((name) => basename(name));
  return names.length === 0 ? 'no CSV' : names.join(', ');
};

/** As short as it can be said from here. */
function shown(path: string): string {
  const short = relative(cwd(), path);
  return short.startsWith('..') ? path : short;
}

/** The program goes on by itself. */
async function openWith(program: string, { page }: WrittenReport): Promise<void> {
  const { execa } = await import('execa');
  const child = execa(program, [page], { detached: true, stdio: 'ignore', cleanup: false });
  child.unref();
  const failure = await Promise.race([
    child.then(
      () => undefined,
      (error: unknown) => error,
    ),
    new Promise<undefined>((end) => setTimeout(() => end(undefined), 300)),
  ]);
  if (failure === undefined) return;
  throw new PipeError('program-not-started', `\`${program}\` does not open ${page}.`, {
    exitCode: exitCodes.environment,
    advice: 'The report is written: open it yourself, or name another program.',
    cause: failure,
  });
}
