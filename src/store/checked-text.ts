import { hash } from 'node:crypto';

/** Text of a small file that notices its own damage: one line of JSON, then its SHA-256. */
export function sealText(value: unknown): string {
  const json = JSON.stringify(value);
  return `${json}\n${hash('sha256', json)}\n`;
}

/** The value of such a text; undefined when it is not exactly what was written. */
export function openText(text: string): unknown {
  const end = text.indexOf('\n');
  const json = text.slice(0, end);
  if (end < 0 || text.slice(end) !== `\n${hash('sha256', json)}\n`) return undefined;
  const value: unknown = JSON.parse(json);
  return value;
}

/** The fields of a parsed value that should be a record. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
