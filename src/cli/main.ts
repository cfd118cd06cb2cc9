import process from 'node:process';
import { runCommandLine } from './command-line.ts';

// Whoever reads our output may stop reading, as `head` does: no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

process.exitCode = await runCommandLine(process.argv.slice(2));
