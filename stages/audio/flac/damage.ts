import { DataError } from '../../../src/stage/index.ts';

export const flacAdvice = 'Get the file again from its source; `flac --test FILE` shows what is wrong with it.';

/** The error for a FLAC file whose sound cannot be had whole. */
export function damaged(what: string): DataError {
  return new DataError('flac-damaged', `the FLAC file is damaged or cut short: ${what}`, { advice: flacAdvice });
}
