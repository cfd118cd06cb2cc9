/** Stands for a helper module that a stage imports. */
export const shout = (text: string): string => text.toUpperCase();
