import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';

export const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
/** The distribution that is fetched for this machine's CPU, with hyphens. */
export const distribution = machine === 'x86_64' ? 'tensorflow-cpu' : 'tensorflow';

/** Python tag 312: a wheel whose SHA-256 is not pinned. */
export function wheelName(version = '2.21.0', python = 'cp312', of = machine): string {
  return `${distribution.replace('-', '_')}-${version}-${python}-${python}-manylinux_2_27_${of}.whl`;
}

const libraries = {
  'tensorflow/libtensorflow_cc.so.2': 'the library',
  'tensorflow/libtensorflow_framework.so.2': 'its framework',
  'tensorflow/include/tensorflow/c/c_api.h': '// a header',
  'tensorflow/python/large.so': 'not needed',
};

/** A wheel: a zip archive, nothing compressed. `record` replaces what RECORD says. */
export function makeWheel(files: Readonly<Record<string, string>> = libraries, record?: string): Buffer {
  const metadata = 'Metadata-Version: 2.4\nName: tensorflow\n';
  const lines = Object.entries(files).map(
    ([name, text]) => `${name},sha256=${createHash('sha256').update(text).digest('base64url')},${text.length}`,
  );
  const folder = 'tensorflow_cpu-2.21.0.dist-info';
  const all = { ...files, [`${folder}/METADATA`]: metadata, [`${folder}/RECORD`]: record ?? `${lines.join('\n')}\n` };
  return makeZip(Object.entries(all));
}

function makeZip(files: readonly (readonly [name: string, text: string])[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of files) {
    const [path, content] = [Buffer.from(name), Buffer.from(text)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, path, content]);
    const central = Buffer.alloc(14);
    central.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, central, path]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, central, Buffer.from('PK\x05\x06'), end]);
}

export interface FakeIndex {
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: string[];
  close(): Promise<void>;
}

export interface FakeFile {
  readonly name: string;
  readonly content: Buffer;
  /** Instead of the right one. */
  readonly sha256?: string;
  /** Sends half of it, then nothing. */
  readonly stalls?: boolean;
}

/** A package index on this machine, by PEP 691, or by PEP 503 as `html`. */
export async function startIndex(files: readonly FakeFile[], kind: 'json' | 'html' = 'json'): Promise<FakeIndex> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const file = files.find(({ name }) => path === `/files/${name}`);
    if (file?.stalls === true) {
      response.writeHead(200, { 'content-length': file.content.length });
      response.write(file.content.subarray(0, Math.floor(file.content.length / 2)));
    } else if (file !== undefined) response.end(file.content);
    else if (path === `/simple/${distribution}/`) {
      response.setHeader('content-type', kind === 'json' ? 'application/vnd.pypi.simple.v1+json' : 'text/html');
      response.end(kind === 'json' ? jsonPage(files) : htmlPage(files));
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/simple`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const digestOf = ({ content, sha256 }: FakeFile) => sha256 ?? createHash('sha256').update(content).digest('hex');

const jsonPage = (files: readonly FakeFile[]): string =>
  JSON.stringify({
    meta: { 'api-version': '1.1' },
    files: files.map((file) => ({
      filename: file.name,
      url: `../../files/${file.name}`,
      hashes: { sha256: digestOf(file) },
      size: file.content.length,
    })),
  });

const htmlPage = (files: readonly FakeFile[]): string =>
  files
    .map((file) => `<a href="../../files/${file.name}#sha256=${digestOf(file)}" data-requires="x">${file.name}</a>`)
    .join('<br/>\n');

/** A machine of its own for one test: an empty home and PATH, to be filled. */
export interface FakeMachine {
  readonly folder: string;
  /** PIPE_ENGINES */
  readonly home: string;
  /** Variables that make a process live on it. */
  readonly environment: Readonly<Record<string, string>>;
  path(...parts: string[]): string;
  write(name: string, content: string | Uint8Array): string;
  /** Adds a program, a script for sh. Nothing else is in PATH. */
  program(name: string, script: string): void;
  /** Names of all that lies in the home of an engine. */
  inHome(engine?: string): string[];
  remove(): void;
}

/** A compiler that writes a file where the library is to be. */
export const workingCompiler = `case "$1" in --version) echo "g++ (fake) 13.2"; exit 0;; esac
while [ $# -gt 0 ]; do if [ "$1" = -o ]; then echo binding > "$2"; fi; shift; done`;

/** Makes the machine; `enter` puts this process on it until it is removed. */
export function createMachine({ enter = true }: { readonly enter?: boolean } = {}): FakeMachine {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-engine-install-'));
  const path = (...parts: string[]) => join(folder, ...parts);
  const [bin, home] = [path('bin'), path('engines')];
  mkdirSync(bin);
  const environment = { PATH: bin, HOME: folder, PIPE_ENGINES: home, XDG_CONFIG_HOME: path('config'), CXX: '' };
  const foreign = ['PIP_INDEX_URL', 'PIP_EXTRA_INDEX_URL', 'PIP_CONFIG_FILE', 'PIP_CERT', 'VIRTUAL_ENV'];
  const before = { ...env };
  if (enter) {
    Object.assign(env, environment);
    for (const name of foreign) Reflect.deleteProperty(env, name);
  }
  return {
    folder,
    home,
    environment: { ...Object.fromEntries(foreign.map((name) => [name, ''])), ...environment },
    path,
    write(name, content) {
      writeFileSync(path(name), content);
      return path(name);
    },
    program(name, script) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    },
    inHome(engine = 'tensorflow') {
      try {
        return readdirSync(join(home, engine)).sort();
      } catch {
        return [];
      }
    },
    remove() {
      if (enter) {
        for (const name of Object.keys(env)) if (!(name in before)) Reflect.deleteProperty(env, name);
        Object.assign(env, before);
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
