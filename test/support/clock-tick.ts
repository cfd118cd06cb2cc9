import { rmSync, statSync, writeFileSync } from 'node:fs';

/** Waits until a file that is changed now gets another ctime than this one has: a file system's clock moves in ticks of up to 10 ms. */
export function nextTick(path: string): void {
  const probe = `${path}.tick`;
  const { ctimeNs } = statSync(path, { bigint: true });
  do writeFileSync(probe, '');
  while (statSync(probe, { bigint: true }).ctimeNs <= ctimeNs);
  rmSync(probe);
}
