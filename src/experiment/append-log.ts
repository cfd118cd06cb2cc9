import { closeSync, openSync, writeFileSync } from 'node:fs';

/** Appends lines to a file in large writes: a run with nothing to do has 100,000 of them. */
export interface AppendLog {
  line(text: string): void;
  flush(): void;
  close(): void;
}

const flushLength = 256 * 1024;
const flushMilliseconds = 200;

/** A process that is killed loses the last moments, and at most the end of one line, which readers leave out. */
export function openAppendLog(path: string): AppendLog {
  const file = openSync(path, 'a');
  let pending = '';
  let timer: NodeJS.Timeout | undefined;
  let failure: Error | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (failure !== undefined) throw failure;
    if (pending === '') return;
    const text = pending;
    pending = '';
    // All of it: a single write may take less and say nothing.
    writeFileSync(file, text);
  };
  // Nobody is there to hear of a failure now: the next call tells it.
  const flushLater = () => {
    try {
      flush();
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
  };
  return {
    line(text) {
      if (failure !== undefined) throw failure;
      pending += `${text}\n`;
      if (pending.length >= flushLength) flush();
      else timer ??= setTimeout(flushLater, flushMilliseconds).unref();
    },
    flush,
    close() {
      try {
        flush();
      } finally {
        closeSync(file);
      }
    },
  };
}
