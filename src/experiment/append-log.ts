import { closeSync, openSync, writeSync } from 'node:fs';

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
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (pending === '') return;
    const text = pending;
    pending = '';
    writeSync(file, text);
  };
  return {
    line(text) {
      pending += `${text}\n`;
      if (pending.length >= flushLength) flush();
      else timer ??= setTimeout(flush, flushMilliseconds).unref();
    },
    flush,
    close() {
      flush();
      closeSync(file);
    },
  };
}
