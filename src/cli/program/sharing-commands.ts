import { type Command, Option } from 'commander';
import type {
  CommonOptions,
  ExportCommandOptions,
  PredictCommandOptions,
  ReproduceCommandOptions,
} from '../options.ts';
import { type Outcome, append, command, example } from './command.ts';

export function addSharingCommands(program: Command, outcome: Outcome): void {
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
      outcome.exitCode = await (await import('../commands/reproduce.ts')).reproduce(run, options);
    });
  command(program, 'export', 'write a run with its models and results to one file, to be shared')
    .argument('[run]', 'a run, as for `show`', 'last')
    .option('-o, --output <file>', 'the file (default: PIPELINE-RUN.tar.gz)')
    .option('--with <artifacts>', 'models, results, all, or several with commas (default: models,results)')
    .addHelpText('after', example('pipe export last -o emodb.tar.gz'))
    .action(async (run: string, options: ExportCommandOptions) => {
      outcome.exitCode = await (await import('../commands/export.ts')).exportRun(run, options);
    });
  command(program, 'import', 'take in a run that `pipe export` wrote')
    .argument('<file>', 'a .tar.gz')
    .addHelpText('after', example('pipe import emodb.tar.gz'))
    .action(async (file: string, options: CommonOptions) => {
      outcome.exitCode = await (await import('../commands/import.ts')).importRun(file, options);
    });
}

export function addPredictCommand(program: Command, outcome: Outcome): void {
  command(program, 'predict', 'tell what the models of a recorded run answer about new files')
    .argument('<run>', 'a run, the beginning of its name, or `last`')
    .argument('[file...]', 'files, folders of them, or - for one on standard input')
    .option('--files-from <list>', 'a text file with one path a line, or -')
    .option('--model <axes>', 'only models with these values, such as "fold=03 seed=1" (default: the mean of all)')
    .option('--segments', 'also a row for each segment, with its start and end in seconds')
    .addOption(new Option('--format <format>', 'how to print (default: table)').choices(['table', 'jsonl', 'csv']))
    .option('--engine <name>', 'what computes the models; need not be what trained them (default: auto)')
    .option('-j, --jobs <n>', 'how many tasks at once (default: one for each core)')
    .option('--allow-changed-code', "also with a preprocessing whose code is not the run's own any more")
    .addHelpText('after', predictHelp)
    .action(async (run: string, files: string[], options: PredictCommandOptions) => {
      outcome.exitCode = await (await import('../commands/predict.ts')).predict(run, files, options);
    });
}

const predictHelp = `
Examples:
  $ pipe predict last recordings/ --segments
  $ pipe predict demo anna.wav ben.flac --format csv > answers.csv
  $ pipe predict demo --model 'fold=03 seed=1' - < anna.wav

A file that cannot be used is reported, the others are answered, and the exit code is 3.`;
