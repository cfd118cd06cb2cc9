import { type Command, Option } from 'commander';

/** Where a command leaves the exit code. */
export interface Outcome {
  exitCode: number;
}

export function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--json', 'print JSON, one value a line')
    .addOption(new Option('--workspace <dir>', 'the folder of artifacts/ and experiments/').env('PIPE_WORKSPACE'));
}

/** A command on a pipeline. */
export function specCommand(parent: Command, name: string, description: string): Command {
  return command(parent, name, description)
    .argument('<spec>', 'a pipeline: a YAML file')
    .option('--set <path=value>', 'change a value of the YAML; may be repeated', append, [])
    .option('--data <name=dir>', 'where data lie; may be repeated', append, [])
    .option('--engine <name>', 'the engine of all stages that use one')
    .option('--target <stage>', 'only this stage and what it needs')
    .option('--force <stage>', 'run this stage although its results are there; may be repeated', append, []);
}

/** For options that may be repeated. */
export const append = (value: string, previous: readonly string[]): readonly string[] => [...previous, value];
export const example = (text: string): string => `\nExample:\n  $ ${text}`;
