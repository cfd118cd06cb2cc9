import type { InputDeclaration, InputShape } from '../stage/index.ts';

/** An input declaration in one form. */
export interface Input {
  readonly mode: 'one' | 'items' | 'each';
  /** Null for `items` that carry their columns alone. */
  readonly shape: InputShape | null;
  readonly optional: boolean;
}

/** `items` and `each` are words of the declaration, and therefore no names of outputs. */
export function readInput(declaration: InputDeclaration): Input {
  if (isItems(declaration)) return { mode: 'items', shape: declaration.items, optional: declaration.optional === true };
  if (isEach(declaration)) return { mode: 'each', shape: declaration.each, optional: declaration.optional === true };
  return { mode: 'one', shape: declaration, optional: false };
}

type Items = Extract<InputDeclaration, { readonly items: InputShape | null; readonly optional?: boolean }>;
type Each = Extract<InputDeclaration, { readonly each: InputShape; readonly optional?: boolean }>;

function isItems(declaration: InputDeclaration): declaration is Items {
  return typeof declaration === 'object' && 'items' in declaration;
}

function isEach(declaration: InputDeclaration): declaration is Each {
  return typeof declaration === 'object' && 'each' in declaration;
}
