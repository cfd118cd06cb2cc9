import { Command, CommanderError } from 'commander';
import { PipeError, exitCodes } from '../errors.ts';
import type { Outcome } from './program/command.ts';
import { addEngineCommands } from './program/engine-commands.ts';
import { addFolderCommands, addStoreCommands } from './program/folder-commands.ts';
import { addPipelineCommands } from './program/pipeline-commands.ts';
import { addCompareCommand, addRecordCommands, addReportCommand } from './program/record-commands.ts';
import { addPredictCommand, addSharingCommands } from './program/sharing-commands.ts';
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
  program.commandsGroup('Run:');
  addPipelineCommands(program, outcome);
  program.commandsGroup('Look and compare:');
  addRecordCommands(program, outcome);
  addCompareCommand(program, outcome);
  addReportCommand(program, outcome);
  program.commandsGroup('Repeat, share and use:');
  addSharingCommands(program, outcome);
  addPredictCommand(program, outcome);
  program.commandsGroup('Look after:');
  addStoreCommands(program, outcome);
  addFolderCommands(program, outcome);
  addEngineCommands(program, outcome);
  return program;
}

const exitCodeHelp = `
Examples:
  $ pipe run pipelines/demo.yaml
  $ pipe sweep pipelines/sweeps/demo-depth.yaml --report
  $ pipe compare demo/RUN demo/RUN

Exit codes: 0 done, 1 a task failed, 2 usage or pipeline, 3 input data, 4 environment or engine, 5 store integrity, 130 interrupted.`;
