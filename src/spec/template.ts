/** A `${a.b}` in a text, and where in the text it stands. */
export interface Reference {
  readonly path: readonly string[];
  /** As written, with `${` and `}`. */
  readonly written: string;
  /** How many references written just so come before it in the text. */
  readonly occurrence: number;
}

export type TemplatePart = string | Reference;

/** A text with references, or what is wrong with it. */
export type Template =
  | { readonly parts: readonly TemplatePart[] }
  | { readonly fault: string; readonly piece: string; readonly occurrence: number };

const opening = '${';
const escapedOpening = '$${';
const referenceForm = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** Splits a text into plain parts and references. `$${` stands for a plain `${`. */
export function parseTemplate(text: string): Template {
  const parts: TemplatePart[] = [];
  let plain = '';
  let at = 0;
  while (at < text.length) {
    const next = text.indexOf('$', at);
    if (next < 0) break;
    plain += text.slice(at, next);
    at = next;
    if (text.startsWith(escapedOpening, at)) {
      plain += opening;
      at += escapedOpening.length;
    } else if (text.startsWith(opening, at)) {
      const end = text.indexOf('}', at);
      const written = end < 0 ? text.slice(at) : text.slice(at, end + 1);
      const occurrence = countBefore(text, written, at);
      if (end < 0) return { fault: '`${` has no `}`', piece: written, occurrence };
      const name = written.slice(2, -1);
      if (!referenceForm.test(name)) return { fault: `\`${written}\` is not a reference`, piece: written, occurrence };
      if (plain !== '') parts.push(plain);
      plain = '';
      parts.push({ path: name.split('.'), written, occurrence });
      at = end + 1;
    } else {
      plain += '$';
      at++;
    }
  }
  plain += text.slice(at);
  if (plain !== '') parts.push(plain);
  return { parts };
}

function countBefore(text: string, written: string, end: number): number {
  let count = 0;
  for (let at = indexOfReference(text, written, 0); at >= 0 && at < end; at = indexOfReference(text, written, at + 1))
    count++;
  return count;
}

/** Where a reference is written, leaving out escaped ones. */
export function indexOfReference(text: string, written: string, from: number): number {
  let at = text.indexOf(written, from);
  while (at > 0 && text[at - 1] === '$') at = text.indexOf(written, at + 1);
  return at;
}

/** Whether a text has a reference or an escape in it, and so is more than itself. */
export function isTemplate(text: string): boolean {
  return text.includes(opening);
}

/** Writes a text so that it stands for itself. */
export function escapeTemplate(text: string): string {
  // A function, since `$$` means `$` in a replacement text.
  return text.replaceAll(opening, () => escapedOpening);
}

/**
 * Replaces every reference of a text by text, and `$${` by `${`.
 * For the words of a command, whose `${inputs.NAME}` and the like are replaced where it runs.
 */
export function expandText(text: string, lookup: (path: readonly string[]) => string): string {
  const template = parseTemplate(text);
  if ('fault' in template) throw new Error(template.fault);
  return template.parts.map((part) => (typeof part === 'string' ? part : lookup(part.path))).join('');
}
