import { randomBytes } from 'node:crypto';

/** A name for a run that sorts by time: `20261122-124501-1f9a1c07` (UTC); its end begins with the milliseconds. */
export function newRunId(now: Date = new Date()): string {
  const [date, time] = now.toISOString().replaceAll(/[-:]/g, '').split('T');
  const milliseconds = now.getUTCMilliseconds().toString(16).padStart(3, '0');
  return `${date ?? ''}-${time?.slice(0, 6) ?? ''}-${milliseconds}${randomBytes(3).toString('hex').slice(1)}`;
}
