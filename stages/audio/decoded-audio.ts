/** Sound as a file holds it: every channel has the same number of samples, full scale is 1, nothing is clipped. */
export interface DecodedAudio {
  /** Samples a second. */
  readonly sampleRate: number;
  readonly channels: readonly Float32Array[];
}
