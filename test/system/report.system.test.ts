import { statSync } from 'node:fs';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTinyRun } from '../predict/tiny-run.ts';
import type { ToyProject } from '../support/toy-project.ts';

let project: ToyProject;
let browser: Browser;
beforeAll(async () => {
  project = await createTinyRun();
  const { exitCode, stderr } = await project.pipe('report', 'last', '-o', 'report');
  expect(exitCode, stderr).toBe(0);
  // Debian's, as root; its sandbox needs a user of its own, and /dev/shm is small in containers.
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'];
  browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args, timeout: 300_000 });
});
afterAll(async () => {
  await browser.close();
  project.remove();
});

interface Opened {
  readonly page: Page;
  /** Console messages, exceptions, and requests to anywhere but the file itself. */
  readonly troubles: string[];
}

async function open(width: number, scheme: 'light' | 'dark' = 'light'): Promise<Opened> {
  const page = await browser.newPage();
  const troubles: string[] = [];
  const url = `file://${project.path('report/report.html')}`;
  page.on('console', (message) => troubles.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:')) troubles.push(`request: ${request.url()}`);
  });
  await page.setViewport({ width, height: 800 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(url, { timeout: 300_000 });
  return { page, troubles };
}

describe.each([1280, 390])('the report in a browser of %i px', (width) => {
  it('has no console error, asks nobody for anything, and is no wider than the screen', async () => {
    const { page, troubles } = await open(width);
    const widths = await page.evaluate('[document.documentElement.scrollWidth, innerWidth]');
    expect(widths).toEqual([width, width]);
    expect(await page.title()).toBe('tiny');
    expect(troubles).toEqual([]);
    await page.close();
  });

  it('shows its figures, pictures and players', async () => {
    const { page } = await open(width);
    const counts = await page.evaluate(`({
      figures: document.querySelectorAll('figure svg[role=img][aria-label]').length,
      hidden: [...document.querySelectorAll('figure svg')].filter((svg) => svg.getBoundingClientRect().height < 50).length,
      players: document.querySelectorAll('audio[controls][aria-label]').length,
    })`);
    expect(counts).toMatchObject({ figures: expect.any(Number) as number, hidden: 0 });
    const { figures, players } = counts as { figures: number; players: number };
    expect(figures).toBe(players + 3);
    const pictures =
      (await page.evaluate(`Promise.all([...document.querySelectorAll('svg image')].map(async (image) => {
      const loaded = new Image();
      loaded.src = image.href.baseVal;
      await loaded.decode();
      return loaded.naturalWidth;
    }))`)) as number[];
    expect(pictures.length).toBeGreaterThanOrEqual(players);
    for (const columns of pictures) expect(columns).toBeGreaterThan(10);
    await page.close();
  });
});

describe('the report', () => {
  it('can be used by keyboard alone: its player plays, and a line moves over the picture', async () => {
    const { page, troubles } = await open(1280);
    const focused = () => page.evaluate('document.activeElement.tagName');
    let presses = 0;
    do await page.keyboard.press('Tab');
    while ((await focused()) !== 'AUDIO' && ++presses < 100);
    expect(await focused()).toBe('AUDIO');
    await page.keyboard.press('Space');
    await page.waitForFunction("document.querySelector('.cursor').style.left !== ''", { timeout: 20_000 });
    const audio = await page.evaluate(
      "(({ duration, error }) => ({ duration, error }))(document.querySelector('audio'))",
    );
    expect(audio).toMatchObject({ error: null });
    expect((audio as { duration: number }).duration).toBeGreaterThan(0.3);
    const left = await page.evaluate("parseFloat(document.querySelector('.cursor').style.left)");
    expect(left).toBeGreaterThan(5);
    expect(left).toBeLessThanOrEqual(100);
    expect(troubles).toEqual([]);
    await page.close();
  });

  it('sorts its errors by any column, and says to all by which', async () => {
    const { page } = await open(1280);
    const cells = (column: number) =>
      page.evaluate(
        `[...document.querySelectorAll('table[data-sortable] tbody tr')].map((row) => row.cells[${column}].textContent)`,
      ) as Promise<string[]>;
    await page.focus('table[data-sortable] th:nth-child(1) button');
    await page.keyboard.press('Enter');
    const down = await cells(0);
    expect(down.length).toBeGreaterThan(1);
    expect(down).toEqual(down.toSorted((a, b) => (a < b ? 1 : -1)));
    await page.keyboard.press('Enter');
    expect(await cells(0)).toEqual(down.toReversed());
    await page.click('table[data-sortable] th:nth-child(7) button');
    const confidence = (await cells(6)).map(Number);
    expect(confidence).toEqual(confidence.toSorted((a, b) => b - a));
    const sorted = await page.evaluate("[...document.querySelectorAll('th[aria-sort]')].map((head) => head.ariaSort)");
    expect(sorted).toEqual(['descending']);
    await page.close();
  });

  it("follows the reader's dark setting, its figures too, and is light on paper", async () => {
    const { page } = await open(1280, 'dark');
    const ground = (selector: string, property: string) =>
      page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${property}`);
    expect(await ground('body', 'backgroundColor')).toBe('rgb(22, 26, 34)');
    expect(await ground('svg > rect', 'fill')).toBe('rgb(22, 26, 34)');
    await page.emulateMediaType('print');
    expect(await ground('body', 'backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await ground('nav', 'display')).toBe('none');
    await page.close();
  });

  it('has a heading for each part, headers for each table, and a size that can be sent', async () => {
    const { page } = await open(1280);
    const faults = await page.evaluate(`[
      ...[...document.querySelectorAll('nav a')].filter((link) => document.querySelector(link.hash)?.tagName !== 'H2'),
      ...[...document.querySelectorAll('table')].filter((table) => !table.caption || table.querySelector('thead th:not([scope=col])')),
      ...[...document.querySelectorAll('tbody tr')].filter((row) => row.cells[0].scope !== 'row'),
      ...[...document.querySelectorAll('[id]')].filter(({ id }) => document.querySelectorAll('#' + CSS.escape(id)).length > 1),
    ].map((element) => element.outerHTML.slice(0, 100))`);
    expect(faults).toEqual([]);
    expect(statSync(project.path('report/report.html')).size).toBeLessThan(12_000_000);
    await page.close();
  });
});
