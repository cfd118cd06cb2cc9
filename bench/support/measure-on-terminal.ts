import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { DashboardLoad } from './dashboard-load.ts';

/**
 * Runs this benchmark once more on a terminal of its own, where it measures itself.
 *
 * @throws Error when it fails, as without util-linux' `script`
 */
export async function measureOnTerminal(size: {
  readonly columns: number;
  readonly rows: number;
}): Promise<DashboardLoad> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pipe-bench-terminal-'));
  const file = path.join(folder, 'load.json');
  try {
    const command = `stty cols ${size.columns} rows ${size.rows}; exec '${process.execPath}' '${process.argv[1] ?? ''}'`;
    // React is many times slower in its development mode.
    const env = { ...process.env, PIPE_BENCH_LOAD: file, NODE_ENV: 'production' };
    // Its input stays open: it is the keyboard.
    const child = spawn('script', ['-qec', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-2000)));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`the dashboard's process ended with ${String(code)}\n${output}`);
    return JSON.parse(readFileSync(file, 'utf8')) as DashboardLoad;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
