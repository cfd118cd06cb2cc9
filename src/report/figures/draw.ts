import { createRequire } from 'node:module';
import type { TopLevelSpec } from 'vega-lite';
import { colours, config, fontFamily } from './theme.ts';

/** A chart: what it shows in words, and its Vega-Lite specification with its data. */
export interface Figure {
  /** Of its files: small letters, digits and `-`. */
  readonly name: string;
  readonly title: string;
  /** For who does not see it: what it shows, with its main numbers. */
  readonly alt: string;
  readonly spec: TopLevelSpec;
}

/** Parts of a specification. */
export type Panel = Extract<TopLevelSpec, { readonly vconcat: unknown }>['vconcat'][number];
export type Layer = Extract<TopLevelSpec, { readonly layer: unknown }>['layer'][number];

const schema = 'https://vega.github.io/schema/vega-lite/v6.json';

/** The specification as it is written to disk: complete, to be opened by any Vega-Lite. */
export const fullSpec = ({ spec, alt }: Figure): TopLevelSpec => ({
  $schema: schema,
  description: alt,
  config,
  ...spec,
});

/** The figure as SVG in its light colours. Text is laid out by the characters' number: no fonts of the machine are asked. */
export async function drawSvg(figure: Figure): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  // Vega marks the data that it is given.
  const { spec } = vegaLite.compile(structuredClone(fullSpec(figure)), { logger: vega.logger(vega.Error) });
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logLevel: vega.Error });
  try {
    return renumbered(await view.toSVG());
  } finally {
    view.finalize();
  }
}

/** Vega numbers what a drawing refers to through all drawings of a process; here each begins with 1. */
function renumbered(svg: string): string {
  const numbers = new Map<string, number>();
  return svg.replaceAll(/(id="|url\(#)([a-z]+_?)(\d+)/g, (_, before: string, kind: string, number: string) => {
    const known = numbers.get(kind + number) ?? numbers.size + 1;
    numbers.set(kind + number, known);
    return `${before}${kind}${known}`;
  });
}

/** A PNG at twice the size, its text in a font that comes with us: the same pixels on every machine. */
export async function drawPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const { resolve } = createRequire(import.meta.url);
  const font = { fontFiles: fonts.map((file) => resolve(file)), loadSystemFonts: false, defaultFontFamily: fontFamily };
  return new Resvg(svg, { font, fitTo: { mode: 'zoom', value: 2 } }).render().asPng();
}

const fonts = [
  '@expo-google-fonts/source-sans-3/400Regular/SourceSans3_400Regular.ttf',
  '@expo-google-fonts/source-sans-3/600SemiBold/SourceSans3_600SemiBold.ttf',
];

/** The SVG for the page: named for assistive technology, its colours those of the page, its ids its own. */
export function embeddedSvg(
  svg: string,
  { name, alt }: Pick<Figure, 'name' | 'alt'>,
  escape: (text: string) => string,
): string {
  const tokens = new Map(Object.entries(colours).map(([token, { light }]): [string, string] => [light, token]));
  return svg
    .replaceAll(/(fill|stroke)="(#[0-9a-f]{6})"/g, (whole, attribute: string, value: string) => {
      const token = tokens.get(value);
      return token === undefined ? whole : `${attribute}="var(--${token})"`;
    })
    .replaceAll(/\bid="([a-z]+_?\d+)"/g, `id="${name}-$1"`)
    .replaceAll(/url\(#([a-z]+_?\d+)\)/g, `url(#${name}-$1)`)
    .replace(/<svg [^>]*?(width="[\d.]+" height="[\d.]+" viewBox="[^"]*")[^>]*>/, (_, size: string) => {
      return `<svg role="img" aria-label="${escape(alt)}" xmlns:xlink="http://www.w3.org/1999/xlink" ${size}>`;
    });
}
