import { readFileSync } from 'node:fs';
import { type IncomingMessage, get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { env } from 'node:process';
import { rootCertificates } from 'node:tls';

export interface GetOptions {
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** A file of certificates to trust besides the usual ones. */
  readonly certificates?: string | undefined;
}

const longestRedirection = 5;
const idleMilliseconds = 60_000;

export interface Answer {
  readonly response: IncomingMessage;
  /** After redirections. */
  readonly url: URL;
}

/** Starts to read a URL, after redirections. Rejects for any status but 200. */
export function get(url: URL, options: GetOptions, redirected = 0): Promise<Answer> {
  const { signal, headers = {}, certificates } = options;
  return new Promise((resolve, reject) => {
    const common = { signal, headers: { ...headers, 'user-agent': 'pipe', 'accept-encoding': 'identity' } };
    const request =
      url.protocol === 'http:'
        ? httpGet(url, common)
        : httpsGet(url, { ...common, ...(certificates !== undefined && { ca: trusted(certificates) }) });
    request.on('error', reject);
    request.setTimeout(idleMilliseconds, () => request.destroy(new Error(`no answer from ${url.host}`)));
    request.on('response', (response) => {
      const { statusCode = 0, headers: answered } = response;
      if (statusCode === 200) return resolve({ response, url });
      response.resume();
      const isRedirection = [301, 302, 303, 307, 308].includes(statusCode) && answered.location !== undefined;
      if (!isRedirection || redirected >= longestRedirection) {
        return reject(new HttpError(`${shown(url)} answered with status ${statusCode}`, statusCode));
      }
      const { location = '' } = answered;
      if (!URL.canParse(location, url.href)) return reject(new Error(`${shown(url)} redirects to no address`));
      resolve(get(new URL(location, url), options, redirected + 1));
    });
  });
}

export class HttpError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** A URL without its password. */
export function shown(url: URL): string {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  return copy.href;
}

export interface TextAnswer {
  readonly text: string;
  readonly type: string;
  readonly url: URL;
}

export async function getText(from: URL, options: GetOptions): Promise<TextAnswer> {
  const { response, url } = await get(from, options);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk as Uint8Array));
  return { type: response.headers['content-type'] ?? '', text: Buffer.concat(chunks).toString('utf8'), url };
}

/** To name certificates is to replace all others, so that the usual ones are named too. */
function trusted(file: string): string[] {
  const extra = env['NODE_EXTRA_CA_CERTS'] ?? '';
  return [...rootCertificates, ...[file, ...(extra === '' ? [] : [extra])].map((path) => readFileSync(path, 'utf8'))];
}
