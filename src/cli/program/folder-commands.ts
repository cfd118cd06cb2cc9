import type { Command } from 'commander';
import type { CommonOptions, GcOptions, SpecOptions } from '../options.ts';
import { type Outcome, command, example, specCommand } from './command.ts';

export function addStoreCommands(program: Command, outcome: Outcome): void {
  command(program, 'gc', 'free the space of artifacts that no recorded run reaches')
    .option('--dry-run', 'only say what would be freed')
    .addHelpText('after', example('pipe gc --dry-run'))
    .action(async (options: GcOptions) => {
      outcome.exitCode = await (await import('../commands/gc.ts')).gc(options);
    });
  command(program, 'fsck', 'read and check every stored byte; damage is set aside and made again by the next run')
    .addHelpText('after', example('pipe fsck'))
    .action(async (options: CommonOptions) => {
      outcome.exitCode = await (await import('../commands/fsck.ts')).fsck(options);
    });
}

export function addFolderCommands(program: Command, outcome: Outcome): void {
  command(program, 'doctor', 'check this machine and this folder')
    .addHelpText('after', example('pipe doctor'))
    .action(async (options: CommonOptions) => {
      outcome.exitCode = await (await import('../commands/doctor.ts')).doctor(options);
    });
  command(program, 'schema', 'print the JSON Schema of pipelines, for editors, or describe one stage type')
    .argument('[type]', 'a stage type, such as vad')
    .addHelpText('after', example('pipe schema > pipe.schema.json'))
    .action(async (type: string | undefined, options: CommonOptions) => {
      outcome.exitCode = await (await import('../commands/schema.ts')).schema(type, options);
    });
  const data = program.command('data').description('check data, and note where they lie');
  specCommand(data, 'check', 'list the items of a pipeline, and check them against what the corpus must be')
    .addHelpText('after', example('pipe data check pipelines/emodb.yaml --data emodb=/corpora/emodb/wav'))
    .action(async (spec: string, options: SpecOptions) => {
      outcome.exitCode = await (await import('../commands/data.ts')).checkData(spec, options);
    });
  command(data, 'add', 'note a data folder in .pipe/data.yaml, which git ignores')
    .argument('<name>', 'the name under `data:`')
    .argument('<folder>', 'where the data lie')
    .addHelpText('after', example('pipe data add emodb /corpora/emodb/wav'))
    .action(async (name: string, folder: string, options: CommonOptions) => {
      outcome.exitCode = await (await import('../commands/data.ts')).addData(name, folder, options);
    });
}
