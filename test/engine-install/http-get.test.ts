import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { get } from '../../src/engine/install/http-get.ts';

test('a redirection to no address is an error like any other', async () => {
  const server = createServer((_, response) => response.writeHead(302, { location: 'http://' }).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answer = get(new URL(`http://127.0.0.1:${port}/`), { signal: new AbortController().signal });
  await expect(answer).rejects.toThrow('redirects to no address');
  server.close();
});
