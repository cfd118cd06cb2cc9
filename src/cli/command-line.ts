import { Command, CommanderError, Option } from 'commander';
import { PipeError, exitCodes } from '../errors.ts';
import type { EngineBenchOptions } from './commands/engine-bench.ts';
import type { EngineInstallOptions } from './commands/engine-install.ts';
import type {
  CommonOptions,
  CompareOptions,
  DashOptions,
  ExportCommandOptions,
  GcOptions,
  LsOptions,
  PredictCommandOptions,
  ReportCommandOptions,
  ReproduceCommandOptions,
  RunCommandOptions,
  SpecOptions,
  SweepCommandOptions,
} from './options.ts';
import { renderError } from './render-error.ts';
import { createTerminal } from './terminal.ts';
import { version } from './version.ts';

/**
 * Runs one command and returns its exit code. Commands are loaded when they are called, so that `--help`, and a run
 * that has nothing to do, load little.
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const outcome: Outcome = { exitCode: exitCodes.done };
  try {
    await createProgram(outcome).parseAsync(args, { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    const terminal = createTerminal({ json: args.includes('--json'), plain: args.includes('--plain') });
    await renderError(error, terminal);
    return error instanceof PipeError ? error.exitCode : exitCodes.taskFailed;
  }
}

interface Outcome {
  exitCode: number;
}

function createProgram(outcome: Outcome): Command {
  const program = new Command('pipe');
  program
    .description('Runs experiments that are written down as YAML; every result is cached, and traced to what made it.')
    .version(version())
    .exitOverride()
    // `--version` behind a command is that command's.
    .enablePositionalOptions()
    .configureHelp({ showGlobalOptions: false })
    .showSuggestionAfterError()
    .showHelpAfterError('Run `pipe --help`, or `pipe COMMAND --help`, to see what there is.')
    .addHelpText('after', exitCodeHelp);
  addPipelineCommands(program, outcome);
  addRecordCommands(program, outcome);
  addSharingCommands(program, outcome);
  addPredictCommand(program, outcome);
  addCompareCommand(program, outcome);
  addReportCommand(program, outcome);
  addStoreCommands(program, outcome);
  addFolderCommands(program, outcome);
  addEngineCommands(program, outcome);
  return program;
}

function addPipelineCommands(program: Command, outcome: Outcome): void {
  specCommand(program, 'run', 'run a pipeline: whatever is not there yet')
    .option('-j, --jobs <n>', 'how many tasks at once (default: one for each core)')
    .option('-k, --keep-going', 'after a failure, run whatever does not need what failed')
    .option('--plain', 'plain lines, also on a terminal')
    .addHelpText('after', example('pipe run pipelines/demo.yaml --set params.epochs=40'))
    .action(async (spec: string, options: RunCommandOptions) => {
      outcome.exitCode = await (await import('./commands/run.ts')).run(spec, options);
    });
  command(program, 'sweep', 'try many configurations of a pipeline, choose one by development data, and test that')
    .argument('<file>', 'a YAML file with a `sweep` block')
    .option('--plan', 'only tell what it would cost')
    .option('--set <path=value>', 'change a value of the pipeline in every trial; may be repeated', append, [])
    .option('--data <name=dir>', 'where data lie; may be repeated', append, [])
    .option('--engine <name>', 'the engine of all stages that use one')
    .option('-j, --jobs <n>', 'how many tasks at once (default: one for each core)')
    .option('--new', 'begin anew, though a sweep of this name is on record')
    .option('--report', 'write a report in the end')
    .option('--plain', 'plain lines, also on a terminal')
    .addHelpText('after', example('pipe sweep pipelines/sweeps/demo-depth.yaml --report'))
    .action(async (file: string, options: SweepCommandOptions) => {
      outcome.exitCode = await (await import('./commands/sweep.ts')).sweep(file, options);
    });
  specCommand(program, 'plan', 'tell what a run would do, and why; changes nothing')
    .addHelpText('after', example('pipe plan pipelines/demo.yaml --set params.scales=32'))
    .action(async (spec: string, options: SpecOptions) => {
      outcome.exitCode = await (await import('./commands/plan.ts')).plan(spec, options);
    });
  specCommand(program, 'explain', 'tell for each stage which field changed, with its place in the YAML')
    .argument('[stage]', 'only this stage')
    .addHelpText('after', example('pipe explain pipelines/demo.yaml scalogram'))
    .action(async (spec: string, stage: string | undefined, options: SpecOptions) => {
      outcome.exitCode = await (await import('./commands/explain.ts')).explain(spec, stage, options);
    });
}

function addRecordCommands(program: Command, outcome: Outcome): void {
  command(program, 'ls', 'list recorded runs, newest first')
    .argument('[pipeline]', 'only runs of this pipeline')
    .option('-n, --limit <n>', 'how many', '20')
    .option('--all', 'all of them')
    .option('--where <condition>', 'only runs for which it holds, such as uar>0.8; may be repeated', append, [])
    .option('--sort <fields>', 'by these fields; with - in front the largest first')
    .option('--columns <fields>', 'show these fields')
    .addHelpText('after', lsHelp)
    .action(async (pipeline: string | undefined, options: LsOptions) => {
      outcome.exitCode = (await import('./commands/ls.ts')).ls(pipeline, options);
    });
  command(program, 'dash', 'watch a run or sweep of another process, or look at one that is over')
    .argument('[run]', 'a run or a sweep, the beginning of its name, or `last`', 'last')
    .option('--plain', 'plain lines, also on a terminal')
    .addHelpText('after', example('pipe dash last'))
    .action(async (run: string, options: DashOptions) => {
      outcome.exitCode = await (await import('./commands/dash.ts')).dash(run, options);
    });
  command(program, 'show', 'show a recorded run, or the outputs of one of its tasks')
    .argument('[run]', 'a run, the beginning of its name, or `last`', 'last')
    .argument('[task...]', 'a task, as in the log: scores fold=03 seed=1')
    .addHelpText('after', example('pipe show last summary'))
    .action(async (run: string, task: string[], options: CommonOptions) => {
      outcome.exitCode = await (await import('./commands/show.ts')).show(run, task.join(' '), options);
    });
  command(program, 'diff', 'tell what differs between two runs: parameters, code, data, environment, results')
    .argument('<from>', 'a run, as for `show`')
    .argument('<to>', 'another')
    .addHelpText('after', example('pipe diff 20261122-1324 last'))
    .action(async (from: string, to: string, options: CommonOptions) => {
      outcome.exitCode = (await import('./commands/diff.ts')).diff(from, to, options);
    });
}

function addSharingCommands(program: Command, outcome: Outcome): void {
  command(program, 'reproduce', 'execute a recorded run again, from nothing, and compare every artifact')
    .argument('[run]', 'a run, as for `show`', 'last')
    .option('--data <name=dir>', 'where data lie now; may be repeated', append, [])
    .option('--engine <name>', 'another engine than then')
    .option('--target <stage>', 'only this stage and what it needs')
    .option('-j, --jobs <n>', 'how many tasks at once (default: one for each core)')
    .option('--keep <dir>', 'keep what is made, in this new folder')
    .option('--tolerance <x>', 'largest relative difference of numbers that counts as rounding (default: 1e-4)')
    .option('--plain', 'plain lines, also on a terminal')
    .addHelpText(
      'after',
      `${example('pipe reproduce last')}\n\nExit code 0: equal, or within the tolerance. 1: different.`,
    )
    .action(async (run: string, options: ReproduceCommandOptions) => {
      outcome.exitCode = await (await import('./commands/reproduce.ts')).reproduce(run, options);
    });
  command(program, 'export', 'write a run with its models and results to one file, to be shared')
    .argument('[run]', 'a run, as for `show`', 'last')
    .option('-o, --output <file>', 'the file (default: PIPELINE-RUN.tar.gz)')
    .option('--with <artifacts>', 'models, results, all, or several with commas (default: models,results)')
    .addHelpText('after', example('pipe export last -o emodb.tar.gz'))
    .action(async (run: string, options: ExportCommandOptions) => {
      outcome.exitCode = await (await import('./commands/export.ts')).exportRun(run, options);
    });
  command(program, 'import', 'take in a run that `pipe export` wrote')
    .argument('<file>', 'a .tar.gz')
    .addHelpText('after', example('pipe import emodb.tar.gz'))
    .action(async (file: string, options: CommonOptions) => {
      outcome.exitCode = await (await import('./commands/import.ts')).importRun(file, options);
    });
}

function addPredictCommand(program: Command, outcome: Outcome): void {
  command(program, 'predict', 'tell what the models of a recorded run answer about new files')
    .argument('<run>', 'a run, the beginning of its name, or `last`')
    .argument('[file...]', 'files, folders of them, or - for one on standard input')
    .option('--files-from <list>', 'a text file with one path a line, or -')
    .option('--model <axes>', 'only models with these values, such as "fold=03 seed=1" (default: the mean of all)')
    .option('--segments', 'also a row for each segment, with its start and end in seconds')
    .addOption(new Option('--format <format>', 'how to print').choices(['table', 'jsonl', 'csv']).default('table'))
    .option('--engine <name>', 'what computes the models; need not be what trained them (default: auto)')
    .option('-j, --jobs <n>', 'how many tasks at once (default: one for each core)')
    .option('--allow-changed-code', "also with a preprocessing whose code is not the run's own any more")
    .addHelpText('after', predictHelp)
    .action(async (run: string, files: string[], options: PredictCommandOptions) => {
      outcome.exitCode = await (await import('./commands/predict.ts')).predict(run, files, options);
    });
}

function addCompareCommand(program: Command, outcome: Outcome): void {
  command(program, 'compare', 'compare runs on the same test data with the first of them, or the trials of a sweep')
    .argument('<run...>', 'runs, the first is the baseline; or one sweep')
    .option('--csv', 'print one table as CSV')
    .option('--markdown', 'print Markdown')
    .option('--stage <name>', 'the stage whose predictions count, where several have some')
    .addHelpText('after', example('pipe compare emodb/20261122-171536-01211297 emodb'))
    .action(async (runs: string[], options: CompareOptions) => {
      outcome.exitCode = (await import('./commands/compare.ts')).compare(runs, options);
    });
}

function addReportCommand(program: Command, outcome: Outcome): void {
  command(program, 'report', 'write a run or a sweep as one HTML file, with figures, tables and CSV beside it')
    .argument('[run]', 'a run or a sweep, the beginning of its name, or `last`', 'last')
    .option('-o, --output <dir>', 'where to (default: reports/PIPELINE-RUN in the workspace)')
    .option('--open-with <program>', 'open the page with this program', 'nothing')
    .addHelpText('after', example('pipe report last -o report'))
    .action(async (run: string, options: ReportCommandOptions) => {
      outcome.exitCode = await (await import('./commands/report.ts')).report(run, options);
    });
}

function addStoreCommands(program: Command, outcome: Outcome): void {
  command(program, 'gc', 'free the space of artifacts that no recorded run reaches')
    .option('--dry-run', 'only say what would be freed')
    .addHelpText('after', example('pipe gc --dry-run'))
    .action(async (options: GcOptions) => {
      outcome.exitCode = await (await import('./commands/gc.ts')).gc(options);
    });
  command(program, 'fsck', 'read and check every stored byte; damage is set aside and made again by the next run')
    .addHelpText('after', example('pipe fsck'))
    .action(async (options: CommonOptions) => {
      outcome.exitCode = await (await import('./commands/fsck.ts')).fsck(options);
    });
}

function addFolderCommands(program: Command, outcome: Outcome): void {
  command(program, 'doctor', 'check this machine and this folder')
    .addHelpText('after', example('pipe doctor'))
    .action(async (options: CommonOptions) => {
      outcome.exitCode = await (await import('./commands/doctor.ts')).doctor(options);
    });
  command(program, 'schema', 'print the JSON Schema of pipelines, for editors, or describe one stage type')
    .argument('[type]', 'a stage type, such as vad')
    .addHelpText('after', example('pipe schema > pipe.schema.json'))
    .action(async (type: string | undefined, options: CommonOptions) => {
      outcome.exitCode = await (await import('./commands/schema.ts')).schema(type, options);
    });
  const data = program.command('data').description('check data, and note where they lie');
  specCommand(data, 'check', 'list the items of a pipeline, and check them against what the corpus must be')
    .addHelpText('after', example('pipe data check pipelines/emodb.yaml --data emodb=/corpora/emodb/wav'))
    .action(async (spec: string, options: SpecOptions) => {
      outcome.exitCode = await (await import('./commands/data.ts')).checkData(spec, options);
    });
  command(data, 'add', 'note a data folder in .pipe/data.yaml, which git ignores')
    .argument('<name>', 'the name under `data:`')
    .argument('<folder>', 'where the data lie')
    .addHelpText('after', example('pipe data add emodb /corpora/emodb/wav'))
    .action(async (name: string, folder: string, options: CommonOptions) => {
      outcome.exitCode = await (await import('./commands/data.ts')).addData(name, folder, options);
    });
}

function addEngineCommands(program: Command, outcome: Outcome): void {
  const engine = program.command('engine').description('install, list and time what computes tensors');
  command(engine, 'install', 'install an engine that is faster than the embedded one, and try it')
    .argument('<name>', 'tensorflow or webgpu')
    .option('--gpu', "tensorflow: with NVIDIA's libraries for CUDA 12")
    .option(
      '--from <file>',
      'tensorflow: a wheel on this disk, for a machine without network; may be repeated',
      append,
      [],
    )
    .option('--version <version>', 'tensorflow: another release than the one that was tested')
    .option('--force', 'also when it is installed')
    .addHelpText('after', example('pipe engine install tensorflow'))
    .action(async (name: string, options: EngineInstallOptions) => {
      outcome.exitCode = await (await import('./commands/engine-install.ts')).installEngine(name, options);
    });
  command(engine, 'list', 'tell of each engine whether it works, how fast it is, and what would make it work')
    .addHelpText('after', example('pipe engine list'))
    .action(async (options: CommonOptions) => {
      outcome.exitCode = await (await import('./commands/engine-list.ts')).listEngines(options);
    });
  command(engine, 'bench', 'time a training step on each engine, of a pipeline or of the reference network')
    .argument('[spec]', 'a pipeline: a YAML file')
    .option('--set <path=value>', 'change a value of the YAML; may be repeated', append, [])
    .option('--data <name=dir>', 'where data lie; may be repeated', append, [])
    .addHelpText('after', example('pipe engine bench pipelines/demo.yaml'))
    .action(async (spec: string | undefined, options: EngineBenchOptions) => {
      outcome.exitCode = await (await import('./commands/engine-bench.ts')).benchEngines(spec, options);
    });
  command(engine, 'remove', 'remove an installed engine')
    .argument('<name>', 'tensorflow or webgpu')
    .addHelpText('after', example('pipe engine remove tensorflow'))
    .action(async (name: string, options: CommonOptions) => {
      outcome.exitCode = (await import('./commands/engine-install.ts')).removeInstalled(name, options);
    });
}

function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--json', 'print JSON, one value a line')
    .addOption(new Option('--workspace <dir>', 'the folder of artifacts/ and experiments/').env('PIPE_WORKSPACE'));
}

function specCommand(parent: Command, name: string, description: string): Command {
  return command(parent, name, description)
    .argument('<spec>', 'a pipeline: a YAML file')
    .option('--set <path=value>', 'change a value of the YAML; may be repeated', append, [])
    .option('--data <name=dir>', 'where data lie; may be repeated', append, [])
    .option('--engine <name>', 'the engine of all stages that use one')
    .option('--target <stage>', 'only this stage and what it needs')
    .option('--force <stage>', 'run this stage although its results are there; may be repeated', append, []);
}

const append = (value: string, previous: readonly string[]): readonly string[] => [...previous, value];
const example = (text: string): string => `\nExample:\n  $ ${text}`;

const lsHelp = `${example('pipe ls demo --limit 5')}
  $ pipe ls --where 'status=done' --where 'params.depth>=4' --sort -uar
  $ pipe ls --where 'pipeline~demo' --columns run,uar,depth,startedAt

A field is one of run.json by its dotted path: params.depth, metrics.uar, counts.done, environment.node, sweep.name; the
last part alone will do where it is clear. Operators: = != > >= < <= and ~ !~ for a text that holds another.`;

const predictHelp = `
Examples:
  $ pipe predict last recordings/ --segments
  $ pipe predict demo anna.wav ben.flac --format csv > answers.csv
  $ pipe predict demo --model 'fold=03 seed=1' - < anna.wav

A file that cannot be used is reported, the others are answered, and the exit code is 3.`;

const exitCodeHelp = `
Examples:
  $ pipe run pipelines/demo.yaml
  $ pipe explain pipelines/demo.yaml
  $ pipe show last

Exit codes: 0 done, 1 a task failed, 2 usage or pipeline, 3 input data, 4 environment or engine, 5 store integrity, 130 interrupted.`;
