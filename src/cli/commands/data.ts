import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { PlannedStage } from '../../plan/graph-types.ts';
import { planPipeline } from '../../run/index.ts';
import type { ColumnValue } from '../../stage/index.ts';
import { counted } from '../duration.ts';
import { usageError, withPipeline } from '../open-pipeline.ts';
import type { CommonOptions, SpecOptions } from '../options.ts';
import { renderTable } from '../table.ts';
import { type Terminal, createTerminal } from '../terminal.ts';
import { findWorkspace } from '../workspace.ts';
import { noteFolder } from './data-file.ts';

/** `pipe data check`: lists what the sources of a pipeline find. A corpus that is not what it must be is an error. */
export async function checkData(spec: string, options: SpecOptions): Promise<number> {
  const terminal = createTerminal(options);
  return withPipeline(spec, options, { readOnly: true }, async ({ pipeline, workspace }) => {
    for (const { name, type } of pipeline.stages) {
      if (type.kind !== 'source') continue;
      const { stages } = await planPipeline(pipeline, workspace, { target: name });
      for (const stage of stages) printSource(stage, terminal);
    }
    return 0;
  });
}

function printSource({ node, items }: PlannedStage, { json, print, printJson, colours }: Terminal): void {
  const { roles } = node.type;
  const columns = roles === undefined ? [] : [roles.cluster, roles.label];
  const [cluster, label] = columns.map((column) => valuesOf(items, column));
  if (json) {
    printJson({
      stage: node.name,
      uses: node.type.name,
      items: items.map(({ columns: row, files }) => ({ ...row, files })),
    });
    return;
  }
  print(`${colours.bold(node.name)} (${node.type.name}): ${counted(items.length, 'item')}`);
  if (roles === undefined || cluster === undefined || label === undefined) return;
  const rows = cluster.map((name) => {
    const own = items.filter((item) => item.columns[roles.cluster] === name);
    return [
      String(name),
      ...label.map((value) => own.filter((item) => item.columns[roles.label] === value).length),
      own.length,
    ];
  });
  const totals = label.map((value) => items.filter((item) => item.columns[roles.label] === value).length);
  print(
    renderTable([roles.cluster, ...label.map(String), 'all'], [...rows, ['all', ...totals, items.length]], colours.dim),
  );
}

const valuesOf = (items: PlannedStage['items'], column: string): ColumnValue[] =>
  [...new Set(items.map(({ columns }) => columns[column] ?? null))].sort((a, b) => (String(a) < String(b) ? -1 : 1));

/** `pipe data add`: notes a folder in `.pipe/data.yaml` of the workspace; other lines stay as they are. */
export async function addData(name: string, folder: string, options: CommonOptions): Promise<number> {
  const { json, print, printJson } = createTerminal(options);
  const { root } = findWorkspace(options.workspace);
  const path = resolve(folder);
  if (!/^[a-z][a-zA-Z0-9_-]*$/.test(name)) {
    throw usageError(
      'bad-data-name',
      `'${name}' cannot be the name of a data folder.`,
      'A name starts with a small letter, then letters, digits, _ and -.',
    );
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw usageError('data-folder-not-found', `${path} is not a folder.`, 'Correct the path.');
  }
  const file = join(root, '.pipe', 'data.yaml');
  await noteFolder(file, name, path);
  if (json) printJson({ name, folder: path, file });
  else print(`${name}: ${path} (noted in ${file})`);
  return 0;
}
