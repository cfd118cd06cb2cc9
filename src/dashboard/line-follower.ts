import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface LineFollower {
  /** What was appended since the last call, as whole lines; the end of a line that is still being written comes later. */
  read(): NewLines;
}

export interface NewLines {
  /** `restarted`: the file is another one, or shorter; its lines come from the beginning. `missing`: it cannot be read. */
  readonly state: 'same' | 'restarted' | 'missing';
  readonly lines: readonly string[];
}

const chunkBytes = 1 << 20;
/** No line of ours is longer: whatever it is, it is no line. */
const longestLine = 1 << 24;

/** Follows a file that another process appends to. It is opened anew for each look, for it may be replaced, or be on a network. */
export function createLineFollower(path: string): LineFollower {
  let inode: number | undefined;
  let offset = 0;
  let rest = Buffer.alloc(0);
  const buffer = Buffer.allocUnsafe(chunkBytes);

  const readFrom = (file: number): NewLines => {
    const { ino, size } = fstatSync(file);
    const isOther = inode !== undefined && (ino !== inode || size < offset);
    if (isOther) [offset, rest] = [0, Buffer.alloc(0)];
    inode = ino;
    const lines: string[] = [];
    for (let read = -1; offset < size && read !== 0; offset += read) {
      read = readSync(file, buffer, 0, Math.min(chunkBytes, size - offset), offset);
      const bytes = Buffer.concat([rest, buffer.subarray(0, read)]);
      const end = bytes.lastIndexOf('\n');
      if (end >= 0) lines.push(...bytes.toString('utf8', 0, end).split('\n'));
      rest = Buffer.from(bytes.subarray(end + 1));
      if (rest.length > longestLine) rest = Buffer.alloc(0);
    }
    return { state: isOther ? 'restarted' : 'same', lines };
  };

  return {
    read() {
      let file: number;
      try {
        file = openSync(path, 'r');
      } catch {
        return { state: 'missing', lines: [] };
      }
      try {
        return readFrom(file);
      } catch {
        return { state: 'missing', lines: [] };
      } finally {
        closeSync(file);
      }
    },
  };
}
