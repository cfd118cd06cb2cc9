import type { Json, NumericArray, Tensors } from '../../src/stage/index.ts';

/** How much each time step of each segment counted. */
export interface UtteranceAttention {
  readonly id: string;
  /** [segments, steps]; each row sums to 1. */
  readonly weights: NumericArray;
  /** Numbers of the segments in the utterance, where they are not all of them. */
  readonly segments: readonly number[] | undefined;
}

const prefix = 'attention.';

/** The artifact `attention` of `predict`: a tensor `attention.ID` for each utterance; the rest is metadata. */
export function encodeAttention(framesPerStep: number, utterances: readonly UtteranceAttention[]): Tensors {
  const some = utterances.flatMap(({ id, segments }) => (segments ? [[id, segments] as const] : []));
  return {
    tensors: Object.fromEntries(utterances.map(({ id, weights }) => [prefix + id, weights])),
    metadata: {
      framesPerStep: String(framesPerStep),
      ...(some.length > 0 && { segments: JSON.stringify(Object.fromEntries(some)) }),
    },
  };
}

/** What an `attention` artifact says of one utterance; undefined when it is not in it. */
export function attentionOf(
  { tensors, metadata }: Tensors,
  id: string,
): (UtteranceAttention & { readonly framesPerStep: number }) | undefined {
  const weights = tensors[prefix + id];
  const framesPerStep = Number(metadata.framesPerStep);
  if (weights === undefined || !(framesPerStep > 0)) return undefined;
  const listed =
    metadata.segments === undefined ? {} : (JSON.parse(metadata.segments) as Readonly<Record<string, Json>>);
  const segments = listed[id];
  return { id, weights, framesPerStep, segments: Array.isArray(segments) ? segments.map(Number) : undefined };
}
