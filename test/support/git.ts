import { execFileSync } from 'node:child_process';
import { devNull } from 'node:os';
import process from 'node:process';

/** Runs git in a folder, whatever the user's own settings are, and returns what it printed. */
export function git(folder: string, ...words: string[]): string {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = { ...Object.fromEntries(own), GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: '1' };
  const author = ['-c', 'user.name=n', '-c', 'user.email=e@x'];
  return execFileSync('git', [...author, ...words], { cwd: folder, env, encoding: 'utf8' }).trim();
}

/** Commits all files of a folder for the first time, and returns the commit's name. */
export function commitAll(folder: string): string {
  git(folder, 'init', '-q');
  git(folder, 'add', '.');
  git(folder, 'commit', '-q', '-m', 'First');
  return git(folder, 'rev-parse', 'HEAD');
}
