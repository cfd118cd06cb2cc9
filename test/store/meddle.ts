import type * as fs from 'node:fs';

/** What another process does right before a system call of ours; an error that it throws is what the call answers. */
interface Meddling {
  readonly call: string;
  readonly path: string;
  readonly act: () => void;
  /** Calls to let through first. */
  left: number;
}

const meddlings: Meddling[] = [];

/** Acts once, before the `place`-th call of `node:fs` by this name with a path that ends so. */
export function before(call: string, path: string, act: () => void, place = 1): void {
  meddlings.push({ call, path, act, left: place - 1 });
}

/** To forget what did not come about. */
export function forget(): void {
  meddlings.length = 0;
}

export const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** For `vi.mock('node:fs', ...)`. */
export async function meddledFs(importOriginal: () => Promise<typeof fs>) {
  const real = await importOriginal();
  const meddle = (call: string, words: readonly unknown[]): void => {
    const paths = words.filter((word) => typeof word === 'string');
    const found = meddlings.find((one) => one.call === call && paths.some((path) => path.endsWith(one.path)));
    if (found === undefined) return;
    found.left -= 1;
    if (found.left >= 0) return;
    meddlings.splice(meddlings.indexOf(found), 1);
    found.act();
  };
  const wrap = <F extends (...words: never[]) => unknown>(act: F): F =>
    new Proxy(act, {
      apply: (target, self, words: Parameters<F>): unknown => {
        meddle(target.name, words);
        return Reflect.apply<unknown, Parameters<F>, unknown>(target, self, words);
      },
    });
  return {
    ...real,
    copyFileSync: wrap(real.copyFileSync),
    linkSync: wrap(real.linkSync),
    lstatSync: wrap(real.lstatSync),
    openSync: wrap(real.openSync),
    readFileSync: wrap(real.readFileSync),
    renameSync: wrap(real.renameSync),
    rmSync: wrap(real.rmSync),
    symlinkSync: wrap(real.symlinkSync),
    unlinkSync: wrap(real.unlinkSync),
    writeFileSync: wrap(real.writeFileSync),
  };
}
