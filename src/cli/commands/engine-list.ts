import type { CommonOptions } from '../options.ts';
import { type Cell, renderTable } from '../table.ts';
import { createTerminal } from '../terminal.ts';
import { type EngineStatus, engineStatuses } from './engine-status.ts';

/** `pipe engine list`: each engine, whether it works, and what would make it work. */
export async function listEngines(options: CommonOptions): Promise<number> {
  const { json, print, printJson, colours } = createTerminal(options);
  const statuses = await engineStatuses();
  if (json) {
    for (const status of statuses) printJson(status);
    return 0;
  }
  print(renderTable(['engine', 'state', 'version', 'device', "x wasm's time"], statuses.map(row), colours.dim));
  for (const { name, state, reason, folder, command } of statuses) {
    const lines = [
      ...(folder === undefined ? [] : [`in ${folder}`]),
      ...(reason === undefined ? [] : [reason]),
      ...(command === undefined ? [] : [`${state === 'broken' ? 'mend' : 'install'} it: \`${command}\``]),
    ];
    if (lines.length > 0) print(colours.dim(`${name}: ${lines.join('; ')}`));
  }
  return 0;
}

const row = ({ name, state, version = '-', device = '-', timesWasm, auto }: EngineStatus): Cell[] => [
  auto ? `${name} (auto)` : name,
  state,
  version,
  device,
  timesWasm === undefined ? null : Number(timesWasm.toFixed(2)),
];
