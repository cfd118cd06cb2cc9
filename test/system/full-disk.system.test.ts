import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Rig, createRig, options, valueOf } from '../run/executors/rig.ts';

/** Needs the right to mount. */
const disk = mkdtempSync(join(tmpdir(), 'pipe-small-disk-'));
let rig: Rig;
beforeAll(async () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
  rig = await createRig();
});
afterAll(async () => {
  await rig.close();
  execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

const scratch = (name: string): string => {
  mkdirSync(join(disk, name));
  return join(disk, name);
};
const large = 'return { value: "x".repeat(4e6) };';
const small = 'return { value: "x" };';

describe.each(['workers', 'processes', 'commands'] as const)('a disk that fills up in %s', (kind) => {
  test('fails the task with a clear answer, and when there is room again all goes on', async () => {
    const executor = rig.executors()[kind];
    const job = (body: string, name: string) => {
      const more = { scratch: scratch(name), outputs: { value: 'json' as const } };
      if (kind !== 'commands') return rig.job(body, more);
      const zeros = body === large ? 'head -c 4000000 /dev/zero > "$0"' : 'echo 1 > "$0"';
      return rig.job('', { ...more, command: { argv: ['sh', '-c', zeros, '${outputs.value}'], code: [] } });
    };
    expect(await executor.run(job(large, `${kind} large`), options())).toMatchObject({
      reason: 'disk',
      code: 'disk-full',
    });
    rmSync(join(disk, `${kind} large`), { recursive: true });
    expect(valueOf(await executor.run(job(small, `${kind} small`), options()))).toBe(kind === 'commands' ? 1 : 'x');
    rmSync(join(disk, `${kind} small`), { recursive: true });
  });
});

test('a read-only disk fails the task with a clear answer', async () => {
  const jobs = (['workers', 'processes', 'commands'] as const).map((kind) => {
    const more = { scratch: scratch(kind), outputs: { value: 'json' as const } };
    return [kind, rig.job(small, { ...more, command: { argv: ['true'], code: [] } })] as const;
  });
  execFileSync('mount', ['-o', 'remount,ro', disk]);
  const executors = rig.executors();
  for (const [kind, job] of jobs) {
    expect(await executors[kind].run(job, options())).toMatchObject({ reason: 'disk', code: 'read-only-disk' });
  }
});
