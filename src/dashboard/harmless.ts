import { stripVTControlCharacters } from 'node:util';

/** Characters that take one cell each, so that nothing need be measured: Latin letters and the symbols of our screens. */
export const narrow = /^[\x20-\x7e\xa0-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u259f\u25a0-\u25cf✓✗❯]*$/;

/**
 * A text that can do nothing to a terminal: without escape sequences and control characters. Names of files, ids of items and
 * what commands print come from outside.
 */
export function harmless(text: string): string {
  if (narrow.test(text)) return text;
  return stripVTControlCharacters(text)
    .replaceAll('\t', '  ')
    .replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '');
}
