/** Viridis (van der Walt and Smith, matplotlib), at nine places: even in lightness, and for the colour-blind too. */
const viridis = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
] as const;

/** Writes the colour of a share, 0 to 1, as three bytes. */
export function paint(share: number, pixels: Uint8Array, offset: number): void {
  const place = Math.min(1, Math.max(0, share)) * (viridis.length - 1);
  const low = Math.min(viridis.length - 2, Math.floor(place));
  for (let channel = 0; channel < 3; channel++) {
    const [from, to] = [viridis[low]?.[channel] ?? 0, viridis[low + 1]?.[channel] ?? 0];
    pixels[offset + channel] = Math.round(from + (place - low) * (to - from));
  }
}
