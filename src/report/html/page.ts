import { createHash } from 'node:crypto';
import { type Html, fragment, raw } from './html.ts';
import { script } from './script.ts';
import { style } from './style.ts';

export interface Section {
  /** Of its anchor. */
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

export interface Page {
  readonly title: string;
  readonly subtitle: string;
  readonly headline: readonly string[];
  readonly sections: readonly Section[];
  readonly footer: string;
}

/** A whole document. Its policy forbids every request: it works from a disk, and tells nobody that it is read. */
export function renderPage({ title, subtitle, headline, sections, footer }: Page): string {
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`;
  const page = fragment`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${raw(style)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the results</a>
<header>
<h1>${title}</h1>
<p class="subtitle">${subtitle}</p>
${headline.map((line) => fragment`<p class="headline">${line}</p>`)}
<nav aria-label="Sections"><ul>
${sections.map(({ id, title: name }) => fragment`<li><a href="#${id}">${name}</a></li>\n`)}</ul></nav>
</header>
<main id="content">
${sections.map(sectionMarkup)}</main>
<footer><p>${footer}</p></footer>
<script>${raw(script)}</script>
</body>
</html>
`;
  return page.markup;
}

const sectionMarkup = ({ id, title, body }: Section): Html => fragment`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${body}
</section>
`;
