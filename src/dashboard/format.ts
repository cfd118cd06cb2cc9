/** Seconds as on a clock, for narrow columns: `7 s`, `1:12`, `2:03:09`, `3 d 04 h`. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours === 0) return `${minutes}:${two(whole % 60)}`;
  if (hours < 48) return `${hours}:${two(minutes)}:${two(whole % 60)}`;
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`;
}

/** A place on the run's own clock: `0:07`, `1:12`, `2:03:09`. */
export function formatMoment(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return whole < 60 ? `0:${two(whole)}` : formatClock(whole);
}

/** How long something will take still: rough, since it is a guess. */
export function formatLeft(seconds: number): string {
  if (seconds < 10) return `${Math.max(1, Math.ceil(seconds))} s`;
  if (seconds < 60) return `${Math.ceil(seconds / 5) * 5} s`;
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min`;
  if (seconds < 48 * 3600) {
    const minutes = Math.ceil(seconds / 60);
    return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  }
  return `${Math.ceil(seconds / 86_400)} days`;
}

/** `12.3/s`, `4.0/min`, `2.1/h`. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 1) return `${significant(perSecond)}/s`;
  if (perSecond * 60 >= 1) return `${significant(perSecond * 60)}/min`;
  return `${significant(perSecond * 3600)}/h`;
}

/** Bytes in powers of ten. */
export function formatMemory(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

export const formatFigure = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(3));

/** `developmentUar` reads `development UAR`: as the field writes it. */
export function figureWords(name: string): string {
  const known = words.get(name);
  if (known !== undefined) return known;
  const text = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replaceAll(/\buar\b/g, 'UAR');
  if (words.size < 1000) words.set(name, text);
  return text;
}

/** The few names that figures have are asked for with every frame. */
const words = new Map<string, string>();

const two = (value: number): string => String(value).padStart(2, '0');
const significant = (value: number): string => (value >= 100 ? String(Math.round(value)) : value.toPrecision(2));
