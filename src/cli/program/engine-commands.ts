import type { Command } from 'commander';
import type { EngineBenchOptions } from '../commands/engine-bench.ts';
import type { EngineInstallOptions } from '../commands/engine-install.ts';
import type { CommonOptions } from '../options.ts';
import { type Outcome, append, command, example } from './command.ts';

export function addEngineCommands(program: Command, outcome: Outcome): void {
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
      outcome.exitCode = await (await import('../commands/engine-install.ts')).installEngine(name, options);
    });
  command(engine, 'list', 'tell of each engine whether it works, how fast it is, and what would make it work')
    .addHelpText('after', example('pipe engine list'))
    .action(async (options: CommonOptions) => {
      outcome.exitCode = await (await import('../commands/engine-list.ts')).listEngines(options);
    });
  command(engine, 'bench', 'time a training step on each engine, of a pipeline or of the reference network')
    .argument('[spec]', 'a pipeline: a YAML file')
    .option('--set <path=value>', 'change a value of the YAML; may be repeated', append, [])
    .option('--data <name=dir>', 'where data lie; may be repeated', append, [])
    .addHelpText('after', example('pipe engine bench pipelines/demo.yaml'))
    .action(async (spec: string | undefined, options: EngineBenchOptions) => {
      outcome.exitCode = await (await import('../commands/engine-bench.ts')).benchEngines(spec, options);
    });
  command(engine, 'remove', 'remove an installed engine')
    .argument('<name>', 'tensorflow or webgpu')
    .addHelpText('after', example('pipe engine remove tensorflow'))
    .action(async (name: string, options: CommonOptions) => {
      outcome.exitCode = (await import('../commands/engine-install.ts')).removeInstalled(name, options);
    });
}
