import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { currentLoad, describeMachine } from './machine.ts';
import type { Mode } from './mode.ts';
import { preparePeers, type PeerPython } from './peers.ts';
import type { Row } from './row.ts';
import { describeResult, type Result } from './table.ts';

/** Makes bench/NAME.ts a program, and says where it is. */
export type Bundle = (name: string) => Promise<string>;

const help = `Usage: npm run bench [NAME...] [-- OPTIONS]

Measures ours beside others in the same run, by turns, and prints a table of ratios. NAME is one of
  NAMES
without a name, all of them.

  --quick            a third of the rounds, and short trainings in leave-one-speaker-out: for a first look
  --full             whole experiments: leave-one-speaker-out with 10 folds x 5 seeds x 40 epochs, about two hours
  --data emodb=DIR   Emo-DB, for leave-one-speaker-out and features (or by PIPE_DATA_EMODB)
  --engine NAME      the engine of pipe run in leave-one-speaker-out (default: auto)
  --no-peers         ours alone
  --help

The others run in a Python environment that is made once, in node_modules/.cache/pipe/bench-python (about 6 GB).
PIPE_BENCH_PYTHON or PYTHON names another Python. Results are kept in bench/results/. See docs/benchmarks.md.
`;

/** `npm run bench`. Returns the exit code: 1 when a benchmark failed, 2 for what was asked for wrongly. */
export async function main(words: readonly string[], bundle: Bundle): Promise<number> {
  const asked = readOptions(words);
  if ('wrong' in asked) {
    console.error(`error[bench]: ${asked.wrong}\nTry npm run bench -- --help`);
    return 2;
  }
  if (asked.help) {
    console.log(help.replace('NAMES', benchNames().join(', ')));
    return 0;
  }
  const before = currentLoad();
  const none: PeerPython = { program: undefined, packages: {}, notes: ['Ours alone were measured: --no-peers.'] };
  const peers = asked.peers ? preparePeers(path.resolve('node_modules/.cache/pipe/bench-python')) : none;
  for (const note of peers.notes) console.log(note);
  const { rows, failed } = await runAll(asked.names, bundle, environment(asked, peers));
  const result: Result = {
    date: new Date().toISOString(),
    ...commit(),
    mode: asked.mode,
    machine: describeMachine(before),
    peers: peers.packages,
    notes: [...peers.notes, ...failed.map((name) => `The benchmark ${name} FAILED.`)],
    rows,
  };
  console.log(`\n${describeResult(result)}`);
  if (rows.length > 0) console.log(`Kept in ${await keep(result)}`);
  return failed.length === 0 ? 0 : 1;
}

interface Asked {
  readonly help: boolean;
  readonly mode: Mode;
  readonly emodb: string | undefined;
  readonly engine: string | undefined;
  readonly peers: boolean;
  readonly names: readonly string[];
}

function benchNames(): string[] {
  return readdirSync('bench')
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.basename(file, '.ts'))
    .sort();
}

function readOptions(words: readonly string[]): Asked | { readonly wrong: string } {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { help: flag, quick: flag, full: flag, 'no-peers': flag, data: text, engine: text },
    });
    const names = benchNames();
    const unknown = positionals.filter((name) => !names.includes(name));
    if (unknown.length > 0)
      return { wrong: `there is no bench/${unknown.join('.ts, bench/')}.ts, but ${names.join(', ')}` };
    if (values.data !== undefined && !/^emodb=./.test(values.data))
      return { wrong: `--data is emodb=DIR, not ${values.data}` };
    return {
      help: values.help,
      mode: values.quick ? 'quick' : values.full ? 'full' : 'normal',
      emodb: values.data?.slice('emodb='.length),
      engine: values.engine,
      peers: !values['no-peers'],
      names: positionals.length > 0 ? positionals : names,
    };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}

function environment({ mode, emodb, engine }: Asked, { program }: PeerPython): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PIPE_BENCH_MODE: mode,
    PIPE_BENCH_PYTHON: program ?? '',
    ...(emodb === undefined ? {} : { PIPE_DATA_EMODB: path.resolve(emodb) }),
    ...(engine === undefined ? {} : { PIPE_BENCH_ENGINE: engine }),
  };
}

async function runAll(names: readonly string[], bundle: Bundle, given: NodeJS.ProcessEnv) {
  const folder = mkdtempSync(path.join(tmpdir(), 'pipe-bench-rows-'));
  const rows: Result['rows'][number][] = [];
  const failed: string[] = [];
  try {
    for (const bench of names) {
      console.log(`\n# ${bench}`);
      const file = path.join(folder, bench);
      writeFileSync(file, '');
      const env = { ...given, PIPE_BENCH_ROWS: file };
      const { status } = spawnSync(process.execPath, ['--expose-gc', await bundle(bench)], { env, stdio: 'inherit' });
      if (status !== 0) failed.push(bench);
      const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
      rows.push(...lines.map((line) => ({ bench, ...(JSON.parse(line) as Row) })));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { rows, failed };
}

/** Writes the result as JSON and as Markdown; one pair of files a run. */
async function keep(result: Result): Promise<string> {
  const stem = path.join('bench/results', `${result.date.slice(0, 19).replaceAll(':', '-')}-${result.commit}`);
  mkdirSync('bench/results', { recursive: true });
  const { format } = await import('prettier');
  writeFileSync(`${stem}.json`, await format(JSON.stringify(result), { parser: 'json', printWidth: 120 }));
  writeFileSync(`${stem}.md`, describeResult(result));
  return `${stem}.json and .md`;
}

function commit(): Pick<Result, 'commit' | 'changed'> {
  const git = (...words: string[]) => spawnSync('git', words, { encoding: 'utf8' });
  const { status, stdout } = git('rev-parse', '--short=12', 'HEAD');
  if (status !== 0) return { commit: 'unknown', changed: false };
  return { commit: stdout.trim(), changed: git('status', '--porcelain', '--untracked-files=no').stdout !== '' };
}
