import { createHash } from 'node:crypto';
import fc from '../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { colours } from '../../src/report/figures/theme.ts';
import { escapeHtml, fragment } from '../../src/report/html/html.ts';
import { renderPage } from '../../src/report/html/page.ts';
import { tableHtml } from '../../src/report/html/parts.ts';

const hostile = '<script>alert(1)</script> & "quoted" \'too\' <img src=x onerror=alert(2)>';

describe('a fragment', () => {
  test('escapes texts in elements and attributes, and joins lists', () => {
    const { markup } = fragment`<p title="${hostile}">${hostile}${[fragment`<b>${'<'}</b>`, 3, undefined]}</p>`;
    expect(markup).not.toMatch(/<script|<img/);
    expect(markup).toMatch(/<b>&lt;<\/b>3<\/p>$/);
  });

  test('never lets a text out of its place', () => {
    fc.assert(fc.property(fc.string(), (text) => !/[<>"']/.test(escapeHtml(text))));
  });
});

describe('a page', () => {
  const page = renderPage({
    title: hostile,
    subtitle: hostile,
    headline: [hostile],
    sections: [
      {
        id: 'a',
        title: hostile,
        body: tableHtml({ name: 't', title: hostile, columns: ['', hostile], rows: [[hostile, hostile]] }),
      },
    ],
    footer: hostile,
  });

  test('holds hostile names as texts', () => {
    expect(page.match(/<script>/g)?.length).toBe(1);
    expect(page).not.toMatch(/<img|<script>alert/);
  });

  test('forbids every request, and runs no script but its own', () => {
    const [, script = ''] = /<script>([^]*?)<\/script>/.exec(page) ?? [];
    const hash = createHash('sha256').update(script).digest('base64');
    const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    expect(policy).toBe(
      `default-src &#39;none&#39;; img-src data:; media-src data:; style-src &#39;unsafe-inline&#39;; script-src &#39;sha256-${hash}&#39;`,
    );
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  test('names columns and rows of its tables as headers, and its parts by headings', () => {
    expect(page).toMatch(/<th scope="col"[^>]*>/);
    expect(page).toContain('<th scope="row">');
    expect(page).toMatch(/<section aria-labelledby="a">\s*<h2 id="a">/);
    expect(page).toContain('<html lang="en">');
  });
});

describe('the colours', () => {
  const modes = ['light', 'dark'] as const;
  const texts = modes.flatMap((mode) => [
    ...(['ink', 'muted', 'first', 'second', 'third', 'fourth'] as const).map((name) => [mode, name, 'paper'] as const),
    ...(['share0', 'share1', 'share2'] as const).map((ground) => [mode, 'ink', ground] as const),
    ...(['share3', 'share4', 'share5'] as const).map((ground) => [mode, 'onMuch', ground] as const),
    [mode, 'ink', 'band'] as const,
  ]);

  test.each(texts)('%s: %s on %s has the contrast that WCAG AA asks of text, 4.5', (mode, text, ground) => {
    expect(contrast(colours[text][mode], colours[ground][mode])).toBeGreaterThanOrEqual(4.5);
  });

  test('are different ones in a figure, so that each is found again', () => {
    const light = Object.values(colours).map((colour) => colour.light);
    expect(new Set(light).size).toBe(light.length);
  });
});

/** https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const share = parseInt(colour.slice(start, start + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
