import type { Command } from 'commander';
import type { RunCommandOptions, SpecOptions, SweepCommandOptions } from '../options.ts';
import { type Outcome, append, command, example, specCommand } from './command.ts';

export function addPipelineCommands(program: Command, outcome: Outcome): void {
  specCommand(program, 'run', 'run a pipeline: whatever is not there yet')
    .option('-j, --jobs <n>', 'how many tasks at once (default: one for each core)')
    .option('-k, --keep-going', 'after a failure, run whatever does not need what failed')
    .option('--plain', 'plain lines, also on a terminal')
    .addHelpText('after', example('pipe run pipelines/demo.yaml --set params.epochs=40'))
    .action(async (spec: string, options: RunCommandOptions) => {
      outcome.exitCode = await (await import('../commands/run.ts')).run(spec, options);
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
      outcome.exitCode = await (await import('../commands/sweep.ts')).sweep(file, options);
    });
  specCommand(program, 'plan', 'tell what a run would do, and why; changes nothing')
    .addHelpText('after', example('pipe plan pipelines/demo.yaml --set params.scales=32'))
    .action(async (spec: string, options: SpecOptions) => {
      outcome.exitCode = await (await import('../commands/plan.ts')).plan(spec, options);
    });
  specCommand(program, 'explain', 'tell for each stage which field changed, with its place in the YAML')
    .argument('[stage]', 'only this stage')
    .addHelpText('after', example('pipe explain pipelines/demo.yaml scalogram'))
    .action(async (spec: string, stage: string | undefined, options: SpecOptions) => {
      outcome.exitCode = await (await import('../commands/explain.ts')).explain(spec, stage, options);
    });
}
