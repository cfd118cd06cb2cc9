import type { Damage } from './types.ts';

/** Damage found so far: each finding once, until it is healed. */
export interface DamageList {
  readonly all: readonly Damage[];
  report(damage: Damage): void;
  healed(what: Damage['what'], name: string): void;
}

export function createDamageList(): DamageList {
  const all: Damage[] = [];
  const open = new Set<string>();
  const idOf = (what: string, name: string): string => `${what} ${name}`;
  return {
    all,
    report: (damage) => {
      if (open.has(idOf(damage.what, damage.name))) return;
      open.add(idOf(damage.what, damage.name));
      all.push(damage);
    },
    healed: (what, name) => open.delete(idOf(what, name)),
  };
}
