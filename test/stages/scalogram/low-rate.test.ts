import { describe, expect, it } from 'vitest';
import { planLowRate } from '../../../stages/scalogram/low-rate.ts';

const morlet = { omega0: 5, sigma: 1 };

describe('plan at a low rate', () => {
  it.each([
    { scale: 212, padding: 4, size: 32, doublings: 6 },
    { scale: 100, padding: 2, size: 32, doublings: 5 },
    { scale: 12, padding: 1, size: 128, doublings: 2 },
    { scale: 6, padding: 1, size: 256, doublings: 1 },
  ])('takes the lowest rate that its band allows: scale $scale', ({ scale, padding, size, doublings }) => {
    const plan = planLowRate(morlet, scale, 400, 512);
    expect(plan).toMatchObject({ padding, size });
    expect(plan?.levels).toHaveLength(doublings);
  });

  it('puts every bin of the band into a place of its own', () => {
    const plan = planLowRate(morlet, 50, 400, 512);
    const places = plan?.bins.map(({ to }) => to) ?? [];
    expect(new Set(places).size).toBe(places.length);
    expect(Math.max(...places)).toBeLessThan(plan?.size ?? 0);
  });

  it('gives each level what the next one needs', () => {
    const { levels = [], first = 0, end = 0 } = planLowRate(morlet, 212, 400, 512) ?? {};
    let [held, below] = [first, end];
    for (const { start, end: stop, filter } of levels) {
      expect(held).toBeLessThanOrEqual(start - filter.length + 1);
      expect(below).toBeGreaterThanOrEqual(stop + filter.length);
      [held, below] = [2 * start, 2 * stop];
    }
    expect(held).toBeLessThanOrEqual(0);
    expect(below).toBeGreaterThanOrEqual(400);
  });

  it.each([
    { name: 'a band as wide as the spectrum', scale: 3 },
    { name: 'a wavelet much longer than the frame', scale: 1000 },
  ])('is none for $name', ({ scale }) => {
    expect(planLowRate(morlet, scale, 400, 512)).toBeUndefined();
  });
});
