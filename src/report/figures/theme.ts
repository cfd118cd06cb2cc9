/**
 * Colours of the page and its figures by what they are for, light and dark. Text on its ground has a contrast of 4.5 or
 * more (WCAG AA), marks one of 3 or more. In a figure the light value stands; in the page it becomes the CSS variable.
 */
export const colours = {
  ink: { light: '#1c2330', dark: '#e8eaf0' },
  muted: { light: '#555d6e', dark: '#aab1c0' },
  grid: { light: '#d9dce3', dark: '#3a4152' },
  paper: { light: '#ffffff', dark: '#161a22' },
  band: { light: '#e6ebf4', dark: '#27303f' },
  first: { light: '#2456a6', dark: '#7fb0ff' },
  second: { light: '#b3500b', dark: '#f0a062' },
  third: { light: '#1b7a4b', dark: '#6fcf97' },
  fourth: { light: '#8b3a9b', dark: '#d79be8' },
  // A sequence for shares, from little to much, and the texts on its lower and upper half.
  share0: { light: '#f3f6fb', dark: '#1b222e' },
  share1: { light: '#d3e0f3', dark: '#1f3350' },
  share2: { light: '#a9c4e8', dark: '#274a78' },
  share3: { light: '#3a6fb5', dark: '#6fa3e0' },
  share4: { light: '#25548f', dark: '#97c0f0' },
  share5: { light: '#123a6b', dark: '#c4def8' },
  onMuch: { light: '#fffffe', dark: '#10141b' },
} as const satisfies Readonly<Record<string, { readonly light: string; readonly dark: string }>>;

export type Colour = keyof typeof colours;

/** The light value, as figures have it. */
export const colour = (name: Colour): string => colours[name].light;

/** Told apart by dashes as well, for whoever does not see the colours. */
export const series: readonly { readonly colour: string; readonly dash: readonly number[] }[] = [
  { colour: colour('first'), dash: [1, 0] },
  { colour: colour('second'), dash: [6, 3] },
  { colour: colour('third'), dash: [2, 2] },
  { colour: colour('fourth'), dash: [8, 2, 2, 2] },
];

export const shares: readonly string[] = [
  colour('share0'),
  colour('share1'),
  colour('share2'),
  colour('share3'),
  colour('share4'),
  colour('share5'),
];

export const fontFamily = 'Source Sans 3';

/** Vega-Lite's configuration: quiet axes, our font and colours. */
export const config = {
  font: fontFamily,
  background: colour('paper'),
  aria: false,
  padding: 8,
  view: { stroke: null },
  axis: {
    labelColor: colour('ink'),
    titleColor: colour('ink'),
    labelFontSize: 13,
    titleFontSize: 13,
    titleFontWeight: 600,
    labelFontWeight: 400,
    gridColor: colour('grid'),
    domainColor: colour('muted'),
    tickColor: colour('muted'),
    labelLimit: 260,
    titlePadding: 8,
  },
  legend: {
    labelColor: colour('ink'),
    titleColor: colour('ink'),
    labelFontSize: 13,
    titleFontSize: 13,
    titleFontWeight: 600,
    symbolStrokeWidth: 2,
    symbolSize: 160,
  },
  text: { color: colour('ink'), fontSize: 13 },
} as const;
