/** Markup that needs no escaping any more. */
export interface Html {
  readonly markup: string;
}

type Value = Html | string | number | undefined | readonly Value[];

/** A template whose values are escaped, but for other markup: names in a report may hold anything. Lists are joined. */
export function fragment(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  const markup = parts.reduce(
    (text, part, index) => text + part + (index < values.length ? render(values[index]) : ''),
    '',
  );
  return { markup };
}

/** Markup that comes from us or from the chart library. */
export const raw = (markup: string): Html => ({ markup });

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return isList(value) ? value.map(render).join('') : value.markup;
}

const isList = (value: Html | readonly Value[]): value is readonly Value[] => Array.isArray(value);
