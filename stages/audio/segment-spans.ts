/** A segment's place in its signal, in samples. It is padded where `valid` is less than its length. */
export interface SegmentSpan {
  readonly start: number;
  readonly valid: number;
}

/**
 * Where the segments of a signal of `samples` >= 1 samples lie: one every `hop` samples, as long as they fit whole. What then is
 * left beyond the last one becomes a segment of its own when it is at least `minTail` samples, else it is
 * dropped. A signal shorter than one segment is one segment, however short.
 *
 * @param options all in samples; 1 <= hop <= length
 */
export function segmentSpans(
  samples: number,
  options: { readonly length: number; readonly hop: number; readonly minTail: number },
): SegmentSpan[] {
  const { length, hop, minTail } = options;
  if (samples <= length) return [{ start: 0, valid: samples }];
  const whole = 1 + Math.floor((samples - length) / hop);
  const spans = Array.from({ length: whole }, (_, index) => ({ start: index * hop, valid: length }));
  const rest = samples - ((whole - 1) * hop + length);
  const start = whole * hop;
  return rest > 0 && rest >= minTail ? [...spans, { start, valid: samples - start }] : spans;
}
