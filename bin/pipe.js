#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../dist/cli.js', import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  console.error(
    `error[not-set-up]: pipe is not set up yet; run \`npm run build\` in ${decodeURIComponent(new URL('..', import.meta.url).pathname)}`,
  );
  process.exitCode = 4;
}
