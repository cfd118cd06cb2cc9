import type { Diagnostic, SourceRange } from '../errors.ts';

/** Collects what is wrong, so that all of it is told at once. */
export interface Findings {
  add(code: string, place: SourceRange | undefined, message: string, advice?: string): void;
  readonly count: number;
  /** Ordered by place, without repetitions. */
  all(): readonly Diagnostic[];
}

export function collectFindings(): Findings {
  const found = new Map<string, Diagnostic>();
  return {
    add(code, place, message, advice) {
      const name = JSON.stringify([code, place, message]);
      if (found.has(name)) return;
      found.set(name, { code, message, ...(advice === undefined ? {} : { advice }), ...(place ? { place } : {}) });
    },
    get count() {
      return found.size;
    },
    all: () => [...found.values()].sort(byPlace),
  };
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  if (!a.place || !b.place) return Number(Boolean(a.place)) - Number(Boolean(b.place));
  return a.place.file === b.place.file ? a.place.start - b.place.start : a.place.file < b.place.file ? -1 : 1;
}
