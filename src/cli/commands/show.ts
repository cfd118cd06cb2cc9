import { type PipeError, exitCodes } from '../../errors.ts';
import {
  type RunRecord,
  openRun,
  readFacts,
  readFailures,
  readResults,
  requireUnchanged,
} from '../../experiment/index.ts';
import type { TaskFact } from '../../plan/facts.ts';
import { didYouMean, enumerate, nearest } from '../../spec/did-you-mean.ts';
import { openStore } from '../../store/index.ts';
import type { Digest, Store } from '../../store/types.ts';
import { formatBytes, formatSeconds } from '../duration.ts';
import { usageError } from '../open-pipeline.ts';
import type { CommonOptions } from '../options.ts';
import { renderResults } from '../render-report.ts';
import { renderTable } from '../table.ts';
import { type Terminal, createTerminal } from '../terminal.ts';
import { type WorkspaceFolders, findWorkspace } from '../workspace.ts';

/** More failures than this are in the run's events.jsonl. */
const shownFailures = 10;

/** `pipe show`: one run, or the outputs of one of its tasks. */
export async function show(run: string, task: string, options: CommonOptions): Promise<number> {
  const terminal = createTerminal(options);
  const folders = findWorkspace(options.workspace);
  const found = openRun(folders.experiments, run);
  requireUnchanged(found);
  const { folder, record } = found;
  if (task !== '') return showTask(folder, task, folders, terminal);
  const results = readResults(folder);
  if (terminal.json) terminal.printJson({ ...record, folder, results });
  else terminal.print(recordText(record, folder, renderResults(results, terminal.colours), terminal));
  return 0;
}

function recordText(record: RunRecord, folder: string, results: string, { colours }: Terminal): string {
  const { environment, counts, git } = { ...record, git: record.environment.git };
  const rows: [string, string][] = [
    ['run', `${record.pipeline}/${record.run}`],
    ['status', record.status],
    ['started', record.startedAt],
    ...(record.seconds === undefined ? [] : [['took', formatSeconds(record.seconds)] as [string, string]]),
    ...(counts === undefined
      ? []
      : [
          [
            'tasks',
            Object.entries(counts)
              .map(([name, count]) => `${count} ${name}`)
              .join(', '),
          ] as [string, string],
        ]),
    ...(record.error === undefined
      ? []
      : [['error', `[${record.error.code}] ${record.error.message}`] as [string, string]]),
    ...readFailures(folder)
      .slice(0, shownFailures)
      .map(({ title, code, message }): [string, string] => ['failed', `${title}: [${code}] ${message}`]),
    ...Object.entries(record.metrics ?? {}).map(([name, value]): [string, string] => [name, value.toPrecision(4)]),
    ...(record.sweep === undefined ? [] : [['sweep', sweepText(record.sweep)] as [string, string]]),
    ['pipeline file', record.spec],
    ...record.overrides.map((override): [string, string] => ['--set', override]),
    ...Object.entries(record.data).map(([name, path]): [string, string] => [`data ${name}`, path]),
    ...Object.entries(record.engines ?? {}).map(([stage, engine]): [string, string] => [`engine ${stage}`, engine]),
    ['node', `${environment.node} on ${environment.system}`],
    ['machine', `${environment.cores} x ${environment.cpu}, ${formatBytes(environment.memoryBytes)}`],
    ...(git === undefined
      ? []
      : [['git', `${git.commit}${git.dirty ? ', with uncommitted changes' : ''}`] as [string, string]]),
    ['record', folder],
  ];
  const width = Math.max(13, ...rows.map(([name]) => name.length)) + 1;
  const table = rows.map(([name, value]) => `${colours.dim(name.padEnd(width))}${value}`).join('\n');
  return results === '' ? table : `${table}\n\n${results}`;
}

const sweepText = ({ name, id, trial, selection }: NonNullable<RunRecord['sweep']>): string =>
  `${name}/${id}${trial === undefined ? '' : `, trial ${trial}`}${selection === undefined ? '' : `; ${selection}`}`;

async function showTask(
  folder: string,
  wanted: string,
  folders: WorkspaceFolders,
  terminal: Terminal,
): Promise<number> {
  const facts = Array.from(readFacts(folder)).filter((fact): fact is TaskFact => fact.type === 'task');
  const fact = facts.find(({ task }) => task === wanted);
  if (fact === undefined)
    throw unknownTask(
      wanted,
      facts.map(({ task }) => task),
    );
  const store = await openStore(folders.artifacts, { runId: 'show', readOnly: true });
  try {
    return showOutputs(fact, store, terminal);
  } finally {
    await store.close();
  }
}

/** Names the tasks of the stage that is meant, or the stages. */
function unknownTask(wanted: string, tasks: readonly string[]): PipeError {
  const stageOf = (task: string) => task.split(' ')[0] ?? '';
  const stages = new Set(tasks.map(stageOf));
  const stage = stages.has(stageOf(wanted)) ? stageOf(wanted) : nearest(stageOf(wanted), stages);
  const advice =
    stage === undefined
      ? didYouMean(stageOf(wanted), stages, 'stages')
      : tasksText(
          wanted,
          tasks.filter((task) => stageOf(task) === stage),
        );
  return usageError('unknown-task', `The run has no task '${wanted}'.`, advice);
}

/** Those that have the words behind the stage, in any order; else all. */
function tasksText(wanted: string, tasks: readonly string[]): string {
  const words = wanted.split(' ').slice(1);
  const fitting = tasks.filter((task) => words.every((word) => task.split(' ').includes(word)));
  const which = words.length > 0 && fitting.length > 0 ? `${words.join(' ')} fits` : 'its tasks are';
  return `${which} ${enumerate((fitting.length > 0 ? fitting : tasks).map((task) => `\`${task}\``))}.`;
}

/** Bytes are checked before they are shown. JSON is printed; of other artifacts, where they lie. */
function showOutputs(
  { task, key, outputs }: TaskFact,
  store: Store,
  { json, print, printJson, colours }: Terminal,
): number {
  const rows = Object.entries(outputs).map(([name, digest]) => {
    const bytes = store.read(digest as Digest);
    return { name, digest, bytes, path: store.objectPath(digest as Digest) };
  });
  const damaged = rows.filter(({ bytes }) => bytes === undefined);
  if (json)
    printJson({
      task,
      key,
      outputs: rows.map(({ bytes, ...rest }) => ({ ...rest, size: bytes?.length, value: jsonOf(bytes) })),
    });
  else {
    print(`${colours.bold(task)}\nkey ${key}\n`);
    print(
      renderTable(
        ['output', 'size', 'file'],
        rows.map(({ name, bytes, path }) => [
          name,
          bytes === undefined ? 'gone or damaged' : formatBytes(bytes.length),
          path,
        ]),
        colours.dim,
      ),
    );
    for (const { name, bytes } of rows) {
      const value = jsonOf(bytes);
      if (value !== undefined) print(`\n${colours.bold(name)}\n${JSON.stringify(value, undefined, 1)}`);
    }
  }
  return damaged.length > 0 ? exitCodes.storeIntegrity : exitCodes.done;
}

/** Small JSON artifacts; undefined for everything else. */
function jsonOf(bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined || bytes.length > 1_000_000 || (bytes[0] !== 0x7b && bytes[0] !== 0x5b)) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
