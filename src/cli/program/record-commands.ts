import type { Command } from 'commander';
import type { CommonOptions, CompareOptions, DashOptions, LsOptions, ReportCommandOptions } from '../options.ts';
import { type Outcome, append, command, example } from './command.ts';

export function addRecordCommands(program: Command, outcome: Outcome): void {
  command(program, 'ls', 'list recorded runs, newest first')
    .argument('[pipeline]', 'only runs of this pipeline')
    .option('-n, --limit <n>', 'how many', '20')
    .option('--all', 'all of them')
    .option('--where <condition>', 'only runs for which it holds, such as uar>0.8; may be repeated', append, [])
    .option('--sort <fields>', 'by these fields; with - in front the largest first')
    .option('--columns <fields>', 'show these fields')
    .addHelpText('after', lsHelp)
    .action(async (pipeline: string | undefined, options: LsOptions) => {
      outcome.exitCode = (await import('../commands/ls.ts')).ls(pipeline, options);
    });
  command(program, 'dash', 'watch a run or sweep of another process, or look at one that is over')
    .argument('[run]', 'a run or a sweep, the beginning of its name, or `last`', 'last')
    .option('--plain', 'plain lines, also on a terminal')
    .addHelpText('after', example('pipe dash last'))
    .action(async (run: string, options: DashOptions) => {
      outcome.exitCode = await (await import('../commands/dash.ts')).dash(run, options);
    });
  command(program, 'show', 'show a recorded run, or the outputs of one of its tasks')
    .argument('[run]', 'a run, the beginning of its name, or `last`', 'last')
    .argument('[task...]', 'a task, as in the log: scores fold=03 seed=1')
    .addHelpText('after', example('pipe show last summary'))
    .action(async (run: string, task: string[], options: CommonOptions) => {
      outcome.exitCode = await (await import('../commands/show.ts')).show(run, task.join(' '), options);
    });
  command(program, 'diff', 'tell what differs between two runs: parameters, code, data, environment, results')
    .argument('<from>', 'a run, as for `show`')
    .argument('<to>', 'another')
    .addHelpText('after', example('pipe diff 20261122-1324 last'))
    .action(async (from: string, to: string, options: CommonOptions) => {
      outcome.exitCode = (await import('../commands/diff.ts')).diff(from, to, options);
    });
}

export function addCompareCommand(program: Command, outcome: Outcome): void {
  command(program, 'compare', 'compare runs on the same test data with the first of them, or the trials of a sweep')
    .argument('<run...>', 'runs, the first is the baseline; or one sweep')
    .option('--csv', 'print one table as CSV')
    .option('--markdown', 'print Markdown')
    .option('--stage <name>', 'the stage whose predictions count, where several have some')
    .addHelpText('after', example('pipe compare emodb/20261122-171536-01211297 emodb'))
    .action(async (runs: string[], options: CompareOptions) => {
      outcome.exitCode = (await import('../commands/compare.ts')).compare(runs, options);
    });
}

export function addReportCommand(program: Command, outcome: Outcome): void {
  command(program, 'report', 'write a run or a sweep as one HTML file, with figures, tables and CSV beside it')
    .argument('[run]', 'a run or a sweep, the beginning of its name, or `last`', 'last')
    .option('-o, --output <dir>', 'where to (default: reports/PIPELINE-RUN in the workspace)')
    .option('--open-with <program>', 'open the page with this program', 'nothing')
    .addHelpText('after', example('pipe report last -o report'))
    .action(async (run: string, options: ReportCommandOptions) => {
      outcome.exitCode = await (await import('../commands/report.ts')).report(run, options);
    });
}

const lsHelp = `${example('pipe ls demo --limit 5')}
  $ pipe ls --where 'status=done' --where 'params.epochs>=10' --sort -uar
  $ pipe ls --where 'startedAt>=2026-11-01 09:00' --columns run,uar,epochs,startedAt

A field is one of run.json by its dotted path: params.depth, metrics.uar, counts.done, environment.node, sweep.name; the
last part alone will do where it is clear. Operators: = != > >= < <= and ~ !~ for a text that holds another.`;
