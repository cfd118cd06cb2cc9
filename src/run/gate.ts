import type { RunEvent } from './events.ts';

/** Holds back what is not begun yet; what runs goes on. */
export interface Gate {
  readonly isClosed: boolean;
  close(): void;
  open(): void;
  /** Calls when it is closed or opened, until the returned function is called. */
  onChange(listener: (isClosed: boolean) => void): () => void;
}

export function createGate(): Gate {
  const listeners = new Set<(isClosed: boolean) => void>();
  let isClosed = false;
  const set = (closed: boolean): void => {
    if (isClosed === closed) return;
    isClosed = closed;
    for (const listener of listeners) listener(closed);
  };
  return {
    get isClosed() {
      return isClosed;
    },
    close: () => set(true),
    open: () => set(false),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Tells of a pause, and wakes the run when it is over or the run is stopped; until the returned function is called. */
export function watchGate(
  {
    gate,
    signal,
    emit,
  }: { readonly gate?: Gate; readonly signal: AbortSignal; readonly emit: (event: RunEvent) => void },
  wake: () => void,
): () => void {
  signal.addEventListener('abort', wake);
  const stop = gate?.onChange((isClosed) => {
    emit({ type: isClosed ? 'run-paused' : 'run-resumed' });
    wake();
  });
  return () => {
    stop?.();
    signal.removeEventListener('abort', wake);
  };
}
