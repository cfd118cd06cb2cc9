import { randomBytes } from 'node:crypto';

/** A name for a run that sorts by time: `20261122-124501-3f9a1c07` (UTC). */
export function newRunId(now: Date = new Date()): string {
  const [date, time] = now.toISOString().replaceAll(/[-:]/g, '').split('T');
  return `${date ?? ''}-${time?.slice(0, 6) ?? ''}-${randomBytes(4).toString('hex')}`;
}
