import type { Predictions } from '../experiment/index.ts';
import type { ViewPart } from '../stage/index.ts';
import { type Clip, audioLimits, clipOf } from './audio.ts';
import { type Example, chooseExamples } from './examples.ts';
import { drawSvg } from './figures/draw.ts';
import { type Timeline as TimelineFigure, timelineFigure, timelineSpan } from './figures/timeline.ts';
import type { Views } from './views.ts';

/** A unit with what can be seen and heard of it. */
export interface Timeline {
  readonly example: Example;
  readonly audio: { readonly title: string; readonly clip: Clip } | undefined;
  /** `span`: where its time line begins and how wide it is, as shares of the figure, and its seconds. */
  readonly figure: (TimelineFigure & { readonly svg: string; readonly span: Span }) | undefined;
}

export interface Span {
  readonly left: number;
  readonly width: number;
  readonly seconds: number;
}

/** The chosen units of one replicate. `silent`: how many have no sound because the page would grow too large. */
export async function drawTimelines(
  replicate: Predictions,
  views: Views,
): Promise<{ readonly timelines: readonly Timeline[]; readonly silent: number }> {
  const timelines: Timeline[] = [];
  let [bytes, silent] = [0, 0];
  for (const [index, example] of chooseExamples(replicate).entries()) {
    const parts = views.of(example.prediction, replicate.point);
    const audio = audioOf(parts);
    const isTooMuch = bytes + (audio?.clip.bytes ?? 0) > audioLimits.totalBytes;
    if (isTooMuch) silent++;
    else bytes += audio?.clip.bytes ?? 0;
    const figure = await drawTimeline(`timeline-${index + 1}`, example.prediction.unit, parts);
    timelines.push({ example, audio: isTooMuch ? undefined : audio, figure });
  }
  return { timelines, silent };
}

/** The sound of the last stage that shows one: it is what the later ones, such as the pictures, are of. */
function audioOf(parts: readonly ViewPart[]): Timeline['audio'] {
  const audio = parts.filter((part) => part.kind === 'audio').at(-1);
  return audio && { title: audio.title, clip: clipOf(audio.audio) };
}

async function drawTimeline(name: string, unit: string, parts: readonly ViewPart[]): Promise<Timeline['figure']> {
  const figure = timelineFigure(name, unit, parts);
  if (figure === undefined) return undefined;
  const svg = await drawSvg(figure);
  // The plot begins where the outermost group is moved to, behind the axis on its left.
  const size = /<svg [^>]*\bwidth="([\d.]+)"/.exec(svg);
  const origin = /<g [^>]*transform="translate\(([\d.]+),/.exec(svg);
  const whole = Number(size?.[1] ?? 1);
  const { width, seconds } = timelineSpan(parts);
  return { ...figure, svg, span: { left: Number(origin?.[1] ?? 0) / whole, width: width / whole, seconds } };
}
