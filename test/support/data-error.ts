import { DataError } from '../../src/stage/index.ts';

/** The `DataError` that `action` throws; anything else fails the test. */
export function dataErrorOf(action: () => unknown): DataError {
  try {
    action();
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
  throw new Error('expected a DataError, but nothing was thrown');
}
